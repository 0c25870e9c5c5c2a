export { fileOutlet } from './file-outlet.ts';
export { httpOutlet } from './http-outlet.ts';
export type { Outlet } from './outlet.port.ts';
export { type Report, reportLineage } from './report.ts';
export { type OpenLineage, type Settings, settingsOf } from './settings.ts';
