/**
 * From one state to the next.
 *
 * @module
 */
import {
  ConsensusError,
  type ConsensusHeader,
  createPersistentMap,
  type EraStart,
  type Fact,
  type RulesContext,
} from '@fiducia/consensus';
import type { PbftConfig } from './config.ts';
import { applyFacts, eject, seatValidators, settleSeats } from './membership.ts';
import { offendersOf } from './offences.ts';
import { type PbftState, validatorsOf } from './state.ts';

/**
 * State before the first block of an era: seats for the validators of the configuration or the handover, places without weight
 * for everybody else whom the census names.
 *
 * @throws `ConsensusError` with `INVALID_HANDOVER` if neither names anybody with weight.
 */
export function createInitialState({ parent, handover, census }: EraStart, config: PbftConfig): PbftState {
  const from = parent.height + 1;
  const validators = config.validators.length > 0 ? config.validators : handover.validators;
  const members = seatValidators([], validators, from, config);
  if (members.length === 0) {
    throw new ConsensusError({ code: 'INVALID_HANDOVER', plugin: 'pbft', reason: 'nobody has weight' });
  }
  // A complete set from the ledger is news, not the state of affairs: the handover decides at the border.
  const facts = [...census].filter(({ kind }) => kind !== 'validators');
  const register = applyFacts({ members, ballots: createPersistentMap<string, true>() }, facts, from, config);
  const settled = settleSeats(register, from, config);
  return { height: parent.height, proposer: '', ...settled, validators: validatorsOf(settled.members) };
}

/**
 * State after an accepted header: its facts decide who votes on the next one (pbft Q1). Neither the seals
 * of the block nor the round that collected them are read (pbft M2).
 */
export function applyBlock(
  state: PbftState,
  header: ConsensusHeader,
  facts: readonly Fact[],
  rules: { readonly config: PbftConfig; readonly context: RulesContext },
): PbftState {
  const { config, context } = rules;
  const from = header.height + 1;
  const evidence = facts.flatMap((fact) => (fact.kind === 'evidence' ? [fact.evidence] : []));
  const members = eject(state.members, offendersOf(state, evidence, context));
  const register = applyFacts({ members, ballots: state.ballots }, facts, from, config);
  const settled = settleSeats(register, from, config);
  const place = { height: header.height, proposer: header.author };
  const isUnchanged =
    settled.members.length === state.members.length &&
    settled.members.every((member, index) => member === state.members[index]);
  if (isUnchanged) return { ...state, ...place, ballots: settled.ballots };
  return { ...place, ...settled, validators: validatorsOf(settled.members) };
}
