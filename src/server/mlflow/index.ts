export { addMlflow } from './add-mlflow.ts';
export { unroutedForm } from './route.ts';
