// A part of the gate of the packed packages in a thread of its own: its steps wait for their programs, and let nothing else of
// their thread happen meanwhile.
import { parentPort, workerData } from 'node:worker_threads';
import { checkPacked } from '../check-packed.mjs';
import { reportTo } from '../report.mjs';

const { part, tarballs, scratch } = workerData;
await checkPacked(
  part,
  tarballs,
  scratch,
  reportTo((event) => parentPort.postMessage(event)),
);
