/** What the chain tells consensus, and what consensus tells the chain. */
import type { Directive, Fact, FactKind } from '@fiducia/consensus';
import { burn, type Done, isKeeper, type KeeperChange, pay, withCount } from '../kv/rules.ts';
import type { Tree } from '../kv/tree.ts';

/** What a transaction changed, in the words of the contract. */
export function factOf(change: KeeperChange, height: number): Fact {
  switch (change.kind) {
    case 'joined':
      return { kind: 'admission', actor: change.keeper, deposit: BigInt(change.stake), category: 'keeper' };
    case 'staked':
      return { kind: 'deposit', actor: change.keeper, total: BigInt(change.stake) };
    case 'left':
      return { kind: 'exit', actor: change.keeper };
    case 'voted':
      return { kind: 'ballot', from: change.from, to: change.keeper, weight: BigInt(change.weight) };
    case 'attested':
      return { kind: 'participation', actor: change.keeper, round: height };
  }
}

/** What an era has to know of the past; sorted by key, so the same everywhere. */
export function censusOf(state: Tree, kinds: readonly FactKind[]): readonly Fact[] {
  const joined = state.list('stake/').map(([key, stake]): KeeperChange => {
    return { kind: 'joined', keeper: key.slice('stake/'.length), stake: Number(stake) };
  });
  const voted = state.list('vote/').map(([key, weight]): KeeperChange => {
    const [, from = '', keeper = ''] = key.split('/');
    return { kind: 'voted', from, keeper, weight: Number(weight) };
  });
  const present = [...joined, ...voted].filter((change) => isKeeper(state, change.keeper));
  return present.map((change) => factOf(change, 0)).filter(({ kind }) => kinds.includes(kind));
}

/** Carries out what consensus decided; what this chain has no place for is passed over. */
export function applyDirectives(state: Tree, directives: readonly Directive[]): Done {
  return directives.reduce<Done>(
    (before, directive) => {
      const { state, changes } = applyDirective(before.state, directive);
      return { state, changes: [...before.changes, ...changes] };
    },
    { state, changes: [] },
  );
}

function applyDirective(state: Tree, directive: Directive): Done {
  switch (directive.kind) {
    case 'reward':
      return { state: pay(state, directive.actor, Number(directive.units)), changes: [] };
    case 'slash':
      return burn(state, directive.actor, directive.partsPerMillion);
    case 'jail': {
      const until = directive.untilHeight ?? Number.MAX_SAFE_INTEGER;
      return { state: withCount(state, `jail/${directive.actor}`, until), changes: [] };
    }
    case 'trustChanged':
      return { state: withCount(state, `trust/${directive.actor}`, directive.trust), changes: [] };
    default:
      return { state, changes: [] };
  }
}
