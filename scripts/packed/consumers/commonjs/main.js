// CommonJS: every package through `require`, which fails for a module that awaits at its top; and a network of two.
const { createHash } = require('node:crypto');
const { dependencies } = require('./package.json');
const { createSimulation } = require('@fiducia/simulator');

const SUBPATHS = ['@fiducia/consensus/ports', '@fiducia/crypto/miner', '@fiducia/finality-checkpoint/light-client'];
// Ports are types alone, so their entry is empty, and has to load all the same.
const empty = [...Object.keys(dependencies), ...SUBPATHS].filter((name) => Object.keys(require(name)).length === 0);
const sha256 = (data) => new Uint8Array(createHash('sha256').update(data).digest());

/** Says hello once a second for ten seconds, of which three cannot be heard. */
async function greet() {
  const simulation = createSimulation({ seed: 1, startTime: 0, sha256 });
  const [alice, bob] = ['alice', 'bob'].map((name) => simulation.addNode(name));
  let heard = 0;
  bob.net.subscribe('greetings', async (_from, bytes) => {
    heard += new TextDecoder().decode(bytes) === 'hello' ? 1 : 0;
    return 'accept';
  });
  for (let second = 0; second < 10; second++) {
    alice.clock.schedule(second * 1_000, () => alice.net.send(null, 'greetings', new TextEncoder().encode('hello')));
  }
  simulation.schedule(3_500, 'split', () => simulation.partition([['alice']]));
  simulation.schedule(6_500, 'heal', () => simulation.heal());
  await simulation.runUntil(60_000);
  return { heard, trace: Buffer.from(simulation.traceHash()).toString('hex') };
}

async function main() {
  const [first, second] = [await greet(), await greet()];
  console.log(JSON.stringify({ empty, heard: first.heard, repeats: first.trace === second.trace }));
}

main();
