/**
 * Posts rows, brings them to the lake, trims the log and judges all anew, on and on, until it is killed. Says each row's id once it is
 * on disk: node trim.crash.fixture.ts FOLDER ROUND
 */
import { openIntake } from './intake.ts';
import { itemsNode, itemsProject, letRest, openSmallLogs, runItems } from './small-log.fixture.ts';
import { trimPosted } from './trim.ts';

const [, , folder, round] = process.argv as [string, string, string, string];
const workspace = await openSmallLogs(folder);
const intake = await openIntake(workspace, itemsNode(itemsProject(100)));
for (let i = 0; ; i++) {
  for (let k = 0; k < 3; k++) {
    const id = `r${round}-${i}-${k}`;
    await intake.take(await intake.judge([JSON.stringify({ id, n: k === 2 ? 500 : 1 })]));
    process.stdout.write(`${id}\n`);
  }
  await runItems(workspace, itemsProject(i % 3 === 2 ? 1000 : 100));
  letRest(folder);
  await trimPosted(workspace, 'items', Number.MAX_SAFE_INTEGER);
}
