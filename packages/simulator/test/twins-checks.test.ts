import type { ConsensusHeader, Evidence } from '@fiducia/consensus';
import type { ConsensusHost, HostEvents } from '@fiducia/host';
import { describe, expect, it } from 'vitest';
import { createStubCrypto } from '../src/index.ts';
import { TwinsChecks } from '../src/twins/checks.ts';
import { sha256 } from './support/hash.ts';

const header = (id: string, height: number, parentId: string): ConsensusHeader => ({
  id,
  height,
  parentId,
  timestamp: height,
  author: 'ada',
  protocol: 'test@1',
  digest: new Uint8Array(),
  seal: new Uint8Array(),
  sealHash: new Uint8Array(32),
});

/** Two branches from one block. */
const HEADERS = [
  header('a1', 1, 'g'),
  header('a2', 2, 'a1'),
  header('a3', 3, 'a2'),
  header('b2', 2, 'a1'),
  header('b3', 3, 'b2'),
];
const block = (id: string): ConsensusHeader => HEADERS.find((known) => known.id === id) ?? header(id, 0, '');

/** A host that says what it is told to. */
function createSpeaker() {
  const observers: { readonly [Name in keyof HostEvents]?: HostEvents[Name][] } & Record<
    string,
    ((event: never) => void)[]
  > = {};
  const host = {
    events: {
      on(name: string, observer: (event: never) => void) {
        observers[name] = [...(observers[name] ?? []), observer];
      },
      off: () => undefined,
    },
    tipOf: (id: string) => ({ header: block(id), state: null, totalWeight: 0n }),
  } as unknown as ConsensusHost;
  const say = (name: keyof HostEvents, event: object) => {
    for (const observer of observers[name] ?? []) observer(event as never);
  };
  return { host, finalise: (id: string) => say('finalized', { header: block(id) }), say };
}

function createScene() {
  const conflictKey = () => 'place';
  const checks = new TwinsChecks(() => 7, [{ conflictKey }]);
  const [ada, ben] = [createSpeaker(), createSpeaker()];
  for (const [name, { host }] of Object.entries({ ada, ben })) checks.watch(name, host, (actor) => actor !== 'twin');
  return { checks, ada, ben, found: () => checks.violations.map(({ invariant, node }) => `${invariant} ${node}`) };
}

describe('what is checked while twins run', () => {
  it('is nothing wrong if all nodes have prefixes of one final chain', () => {
    const { ada, ben, found, checks } = createScene();
    for (const id of ['a1', 'a3']) ada.finalise(id);
    for (const id of ['a2', 'a3']) ben.finalise(id);
    expect(found()).toEqual([]);
    expect([checks.finalHeightMax, checks.finalHeightOf('ben'), checks.finalHeightOf('cleo')]).toEqual([3, 3, 0]);
  });

  it('is that no two nodes have final blocks that exclude each other, at any two times (simulation I1)', () => {
    const { ada, ben, found } = createScene();
    ada.finalise('a3');
    ben.finalise('b2');
    expect(found()).toEqual(['I1 ben']);
  });

  it('covers blocks that became final with a later one (simulation I1)', () => {
    const { ada, ben, found } = createScene();
    ada.finalise('a2');
    ben.finalise('b3');
    expect(found()).toEqual(['I1 ben']);
  });

  it('is that a host sees no conflict either (simulation I1)', () => {
    const { ada, found } = createScene();
    ada.say('finalityConflict', {});
    expect(found()).toEqual(['I1 ada']);
  });

  it('is that no final block moves down or sideways (simulation I2)', () => {
    const { ada, found } = createScene();
    ada.finalise('a2');
    ada.finalise('a1');
    expect(found()).toEqual(['I2 ada']);
    ada.finalise('b3');
    expect(found()).toEqual(['I2 ada', 'I2 ada']);
  });

  it('is that nobody honest is accused, and that twins may be (simulation I6)', () => {
    const { ada, found, checks } = createScene();
    const accuse = (offender: string) => ada.say('evidenceFound', { evidence: { offender } as Evidence });
    accuse('twin');
    expect([found(), checks.offences]).toEqual([[], 1]);
    accuse('ben');
    expect([found(), checks.offences]).toEqual([['I6 ada'], 1]);
  });

  it('is that no key signs two things for one place, messages or seals (simulation I5)', async () => {
    const { found, checks } = createScene();
    // Its own guard would refuse, so every signature is made by another one.
    const sign = (domain: string, data: number, sequence: number) => {
      const signer = checks.watchSigner('ada', createStubCrypto({ sha256 }).createSigner('ada'));
      const scope = { chainId: new Uint8Array(32), era: 0, protocol: 'test@1' } as const;
      return signer.sign({ scope, domain, data: Uint8Array.of(data), guard: { lane: 'seal', sequence: [sequence] } });
    };
    await sign('seal', 1, 1);
    await sign('seal', 1, 1);
    await sign('seal', 2, 2);
    await sign('message', 1, 1);
    expect(found()).toEqual([]);
    await sign('seal', 3, 2);
    expect(found()).toEqual(['I5 ada']);
    await sign('message', 2, 5);
    expect(found()).toEqual(['I5 ada', 'I5 ada']);
  });
});
