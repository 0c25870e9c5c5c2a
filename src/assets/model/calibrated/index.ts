export { calibratedFile } from './file.ts';
export { calibratorFor } from './fit.ts';
