/**
 * The pure half of the plugin: header rules, fork choice, directives.
 *
 * @module
 */
import {
  type ActorId,
  accept,
  type Bytes,
  type Claim,
  type ConsensusHeader,
  type ConsensusRules,
  compareBytes,
  defer,
  type Millis,
  type RulesContext,
  reject,
  SEAL_DOMAIN,
  type Tip,
  type Validator,
  type Verdict,
} from '@fiducia/consensus';
import type { PosConfig } from './config.ts';
import { decodeDigest } from './digest.ts';
import { epochOfSlot, leadershipAt } from './lottery.ts';
import { evidenceFault, punish } from './offences.ts';
import { isEjected } from './snapshot.ts';
import type { Epoch, PosState, Ticket } from './state.ts';
import { createStateCodec } from './state-codec.ts';
import { applyBlock, createInitialState } from './transition.ts';

/**
 * Blocks after which a block counts as settled: the first entry above the tolerated third in the table of
 * "Bitcoin: A Peer-to-Peer Electronic Cash System", section 11, for a share of 35 % and a risk of 1 in 1000.
 */
const SETTLE_BLOCKS = 41;

/** Assembles the rules. Total for every parsed configuration. */
export function createRules(config: PosConfig, context: RulesContext): ConsensusRules<PosState> {
  return {
    codec: createStateCodec(config),
    finality: { kind: 'settle', depth: () => SETTLE_BLOCKS },
    initialState: (start) => createInitialState(start, config, context),
    verifyHeader: (header, parent, now) => verifyHeader(header, parent, now, config, context),
    applyHeader: (state, header, facts) => applyBlock(state, header, facts, config, context),
    compareTips,
    validators: (state) => state.snapshots[0].validators,
    directives(state, header, evidence) {
      const { author: actor } = header;
      const { blockReward: units } = config;
      // W: an empty slot pays nothing, so that withholding a block is never free (randomness-vrf R8, B2).
      const reward = units > 0n ? [{ kind: 'reward', actor, units } as const] : [];
      return [...reward, ...punish(state, header, evidence, config)];
    },
    // N1, N4: one header per slot. Building on two forks in different slots proves nothing.
    conflictKey(artefact) {
      if (artefact.kind !== 'header') return undefined;
      const slot = decodeDigest(artefact.header.digest)?.slot;
      return slot === undefined ? undefined : `${artefact.header.author}/${slot}`;
    },
    verifyEvidence(evidence, state, subjects) {
      const fault = evidenceFault(state, evidence, subjects, config);
      return fault === undefined ? accept() : reject(fault);
    },
    exportHandover: (state) => ({
      validators: heirsOf(state),
      randomness: state.seeds.nextSeed,
      extra: new Map(),
    }),
  };
}

/** Whether the winner of a slot may still produce: not after an exit, not while ejected (pos-pow S4). */
export function mayProduce(state: PosState, leader: Ticket, slot: number, config: PosConfig): boolean {
  return hasRight(state, leader.id, epochOfSlot(slot, config));
}

function hasRight({ bonds }: PosState, id: ActorId, epoch: Epoch): boolean {
  const bond = bonds.get(id);
  return bond !== undefined && bond.exitedAt === null && !isEjected(bond, epoch);
}

/** Weights of a snapshot do not change, but the next era inherits nobody who lost the right to produce (pos-pow S4). */
function heirsOf(state: PosState): readonly Validator[] {
  const { validators } = state.snapshots[0];
  const heirs = validators.filter(({ id }) => hasRight(state, id, state.seeds.epoch));
  return heirs.length === 0 || heirs.length === validators.length ? validators : heirs;
}

function verifyHeader(
  header: ConsensusHeader,
  parent: Tip<PosState>,
  now: Millis,
  config: PosConfig,
  context: RulesContext,
): Verdict {
  const { state } = parent;
  const digest = decodeDigest(header.digest);
  if (digest === undefined) return reject('BAD_DIGEST');
  const { slot, output, proof } = digest;
  // A2. A product beyond 2^53 is rounded, but stays above every timestamp, which is a safe integer.
  if (header.timestamp !== state.slotZero + slot * config.slotMs) return reject('SLOT_MISMATCH');
  if (slot <= state.slot) return reject('SLOT_NOT_INCREASING');
  const { author: signer, sealHash: data, seal: signature } = header;
  const seal: Claim = { kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature };
  // Before the lottery is asked, since it takes a step for every epoch up to this slot.
  if (header.timestamp > now + config.maxSkewMs) return defer(header.timestamp - config.maxSkewMs, [seal]);

  const { leader, alpha } = leadershipAt(state, slot, config, context);
  if (header.author !== leader.id) return reject('WRONG_LEADER');
  if (!mayProduce(state, leader, slot, config)) return reject('LEADER_EJECTED');
  // The proof for the slot and the signature of its leader, by its block key (pos-pow L3, L4).
  return accept([seal, { kind: 'vrf', actor: leader.id, publicKey: leader.vrfKey, alpha, output, proof }]);
}

/** K1, K2: more blocks, then the lower slot, then the smaller VRF output; the host then takes the smaller id. */
function compareTips(a: Tip<PosState>, b: Tip<PosState>): number {
  if (a.totalWeight !== b.totalWeight) return a.totalWeight > b.totalWeight ? 1 : -1;
  if (a.state.slot !== b.state.slot) return b.state.slot - a.state.slot;
  return compareBytes(outputOf(b), outputOf(a));
}

/** The parent of an era has no output of this protocol; it is never compared with anything but itself. */
function outputOf({ header }: Tip<PosState>): Bytes {
  return decodeDigest(header.digest)?.output ?? new Uint8Array();
}
