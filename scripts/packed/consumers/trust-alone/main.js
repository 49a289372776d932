// Trust without any chain: a gateway scores its sensors, and keeps what it knows in a file between two runs.
import { readFileSync, writeFileSync } from 'node:fs';
import {
  applyRound,
  collectActivities,
  countRound,
  createRoundWindow,
  createTrustRecord,
  isTrustError,
  parseRoundWindow,
  parseTrustRecord,
  requireTrustParams,
  scoreTrust,
  trustPreset,
} from '@fiducia/trust';

const FILE = 'records.json';
const params = requireTrustParams({ ...trustPreset('paper'), epochRounds: 10, windowEpochs: 6, decayT: 10 });
const records = new Map(['roof', 'cellar', 'garden'].map((sensor) => [sensor, createTrustRecord(params, 0)]));
let window = createRoundWindow();

for (let minute = 1; minute <= 60; minute++) {
  if (minute === 31) restore(save());
  const facts = [
    { kind: 'participated', node: 'roof' },
    { kind: 'correct', node: 'roof' },
    { kind: minute === 20 || minute === 40 ? 'malicious' : 'participated', node: 'garden' },
  ];
  if (minute <= 30) facts.push({ kind: 'participated', node: 'cellar' });
  for (const [sensor, record] of applyRound(records, minute, collectActivities(facts), params)) {
    records.set(sensor, record);
  }
  window = countRound(window, minute, params);
}

function save() {
  writeFileSync(FILE, JSON.stringify({ records: [...records], window }));
  return readFileSync(FILE, 'utf8');
}

function restore(text) {
  const saved = JSON.parse(text);
  for (const [sensor, record] of saved.records) records.set(sensor, parseTrustRecord(record, params));
  window = parseRoundWindow(saved.window, params);
}

const shares = { votes: 1_000_000, deposit: 1_000_000 };
const scores = [...records].map(([sensor, record]) => {
  const { composite, tier } = scoreTrust(record, window, 60, shares, params);
  return [sensor, composite, tier];
});
let refused = false;
try {
  requireTrustParams({ ...params, epochRounds: 0.5 });
} catch (error) {
  refused = isTrustError(error, 'PARAMETER_OUT_OF_RANGE');
}
console.log(JSON.stringify({ scores, refused }));
