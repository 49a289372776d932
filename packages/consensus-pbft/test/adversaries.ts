import type { Bytes, ConsensusHeader, Effect } from '@fiducia/consensus';
import { decodeMessage, encodeMessage, type PbftMessage } from '../src/message.ts';
import { certificateOf, sha256, signatureOf, text } from './support.ts';
import type { Strategy, TestNode, World } from './world.ts';

type Send = Extract<Effect, { kind: 'send' }>;

const messageOf = (effect: Effect): PbftMessage | undefined =>
  effect.kind === 'send' ? decodeMessage(effect.payload) : undefined;

const halves = (world: World, node: TestNode): readonly [TestNode[], TestNode[]] => {
  const others = world.nodes.filter((other) => other !== node);
  return [others.filter((_, index) => index % 2 === 0), others.filter((_, index) => index % 2 === 1)];
};

const randomSubset = (world: World, node: TestNode): TestNode[] =>
  world.nodes.filter((other) => other !== node && world.adversary.integer(0, 1) === 1);

/** Receives everything and says nothing. */
export const silent: Strategy = (_world, _node, effect) => effect.kind === 'send' || effect.kind === 'publish';

/** Different blocks, and votes for both, to two halves of the network. */
export const equivocating: Strategy = (world, node, effect) => {
  const message = messageOf(effect);
  if (message === undefined || effect.kind !== 'send') return false;
  const [one, other] = halves(world, node);
  if (message.kind === 'proposal') {
    const header = node.held.get(effect.blockId ?? '');
    if (header === undefined || message.round > 0) return false;
    const twin = world.makeBlock(header.parentId, node.id, header.timestamp);
    node.held.set(twin.id, twin);
    twinsIn(world).set(message.digest.join(), twin);
    world.sendAs(node, message, one, header);
    world.sendAs(node, { ...message, digest: twin.sealHash }, other, twin);
    node.deliver({ kind: 'messageReceived', from: node.id, message: own(node, effect.payload), header });
    return true;
  }
  if (message.kind !== 'prepare' && message.kind !== 'commit') return false;
  const twin = twinsIn(world).get(message.digest.join());
  if (twin === undefined) return false;
  world.sendAs(node, message, one);
  world.sendAs(node, { ...message, digest: twin.sealHash }, other);
  node.deliver({ kind: 'messageReceived', from: node.id, message: own(node, effect.payload) });
  return true;
};

const twinsOf = new WeakMap<World, Map<string, ConsensusHeader>>();

function twinsIn(world: World): Map<string, ConsensusHeader> {
  const twins = twinsOf.get(world) ?? new Map<string, ConsensusHeader>();
  twinsOf.set(world, twins);
  return twins;
}

/** Votes for everything that it hears of, whatever it voted for before. */
const promiscuous: Strategy = (world, node, effect) => {
  const message = messageOf(effect);
  if (message === undefined) return false;
  if (message.kind === 'prepare' || message.kind === 'commit') {
    for (const header of node.held.values()) {
      if (header.height !== message.height) continue;
      for (const kind of ['prepare', 'commit'] as const) {
        const { height, round } = message;
        world.sendAs(node, { kind, height, round, digest: header.sealHash }, randomSubset(world, node));
      }
    }
  }
  return false;
};

/** Forgets what it was prepared for, and proposes blocks of its own whatever others were prepared for. */
const amnesiac: Strategy = (world, node, effect) => {
  const message = messageOf(effect);
  if (message === undefined || effect.kind !== 'send') return false;
  if (message.kind === 'prepared') return true;
  if (message.kind === 'roundChange') {
    world.sendAs(node, { ...message, prepared: null }, world.nodes);
    return true;
  }
  if (message.kind === 'proposal' && message.round > 0) {
    const { header } = node.tip;
    const fresh = world.makeBlock(header.id, node.id, Math.max(world.now, header.timestamp + world.config.blockTimeMs));
    node.held.set(fresh.id, fresh);
    const roundChanges = message.roundChanges.filter(({ prepared }) => prepared === null);
    world.sendAs(node, { ...message, digest: fresh.sealHash, roundChanges, certificates: [] }, world.nodes, fresh);
    return true;
  }
  return false;
};

/** Claims that nothing stands behind: forged, foreign, too small, of another round. */
const forging: Strategy = (world, node, effect) => {
  const message = messageOf(effect);
  if (message?.kind !== 'roundChange' || effect.kind !== 'send') return false;
  const { height, round } = message;
  const digest = sha256(text(`${height}/${world.adversary.integer(0, 3)}`));
  const claimed = Math.max(0, round - 1 - world.adversary.integer(0, 1));
  world.sendAs(node, { ...message, prepared: { round: claimed, digest } }, world.nodes);
  const authors = world.nodes.map(({ id }) => id);
  const honest = certificateOf('prepare', height, claimed, digest, authors);
  const signatures = honest.signatures.map(({ author, signature }) =>
    author === node.id ? { author, signature } : { author, signature: signatureOf(node.id, signature) },
  );
  const certificate = { ...honest, signatures };
  world.sendAs(node, { kind: 'prepared', height, round: claimed, certificate }, world.nodes);
  return true;
};

/** Sends each message to some only. */
const selective: Strategy = (world, node, effect) => {
  if (effect.kind !== 'send') return false;
  const header = effect.blockId === undefined ? undefined : node.held.get(effect.blockId);
  world.sendAs(node, effect.payload, randomSubset(world, node), header);
  node.deliver({
    kind: 'messageReceived',
    from: node.id,
    message: own(node, effect.payload),
    ...(header && { header }),
  });
  return true;
};

/** ByzzFuzz: small changes of real messages (pbft PT-21). */
const fuzzing: Strategy = (world, node, effect) => {
  const message = messageOf(effect);
  if (message === undefined || effect.kind !== 'send') return false;
  const header = effect.blockId === undefined ? undefined : node.held.get(effect.blockId);
  for (const other of world.nodes) {
    if (other === node) continue;
    const mutated = world.adversary.integer(0, 2) === 0 ? mutate(world, message) : message;
    world.sendAs(node, mutated, [other], header);
  }
  node.deliver({
    kind: 'messageReceived',
    from: node.id,
    message: own(node, effect.payload),
    ...(header && { header }),
  });
  return true;
};

function mutate(world: World, message: PbftMessage): Bytes {
  const step = world.adversary.integer(0, 1) === 0 ? 1 : -1;
  const digest = sha256(text(`other/${world.adversary.integer(0, 2)}`));
  const known = [...world.nodes.flatMap(({ held }) => [...held.values()])].at(-1)?.sealHash ?? digest;
  switch (world.adversary.integer(0, 4)) {
    case 0:
      return encodeMessage({ ...message, round: Math.max(0, message.round + step) });
    case 1:
      return encodeMessage({ ...message, height: Math.max(0, message.height + step) });
    case 2:
      if (message.kind === 'roundChange') return encodeMessage({ ...message, prepared: { round: 0, digest: known } });
      return 'digest' in message ? encodeMessage({ ...message, digest: known }) : encodeMessage(message);
    case 3:
      return message.kind === 'proposal'
        ? encodeMessage({ ...message, roundChanges: message.roundChanges.slice(1) })
        : encodeMessage(message).slice(0, -1);
    default:
      return message.kind === 'proposal'
        ? encodeMessage({ ...message, certificates: message.certificates.slice(1) })
        : encodeMessage({ kind: 'prepare', height: message.height, round: message.round, digest });
  }
}

function own(node: TestNode, payload: Send['payload']) {
  return { author: node.id, payload, signature: signatureOf(node.id, payload) };
}

export const STRATEGIES: Readonly<Record<string, Strategy>> = {
  silent,
  equivocating,
  promiscuous,
  amnesiac,
  forging,
  selective,
  fuzzing,
};
