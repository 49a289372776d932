/** Mistakes that only a network shows. */
import {
  type ConsensusEngine,
  type ConsensusPlugin,
  type ConsensusRules,
  defer,
  type SignedMessage,
} from '@fiducia/consensus';
import { roundRobin } from '../../../../examples/custom-plugin/src/round-robin.ts';
import { referenceNotary } from '../../src/reference/notary.ts';

type Rules = ConsensusRules<unknown>;
type Engine = ConsensusEngine<unknown>;

function withRules(change: (rules: Rules) => Rules, plugin = roundRobin() as ConsensusPlugin): ConsensusPlugin {
  return { ...plugin, createRules: (config, context) => change(plugin.createRules(config, context)) };
}

function withEngine(change: (engine: Engine) => Engine, plugin = roundRobin() as ConsensusPlugin): ConsensusPlugin {
  return {
    ...plugin,
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      if (engine === undefined) throw new Error('round-robin has an engine');
      return change(engine);
    },
  };
}

/** Takes the word of any leader for final, and says that it bears the crash of almost half. */
export function everybodyIsNotary(): ConsensusPlugin {
  const notary = referenceNotary() as ConsensusPlugin;
  const turns = roundRobin() as ConsensusPlugin;
  return {
    ...turns,
    requires: { ...turns.requires, facts: [], directives: [] },
    traits: { ...notary.traits, faults: turns.traits.faults },
    createRules(config, context) {
      const { directives: _none, ...rules } = turns.createRules(config, context);
      const verifyProof = (
        _proof: Uint8Array,
        header: Parameters<Rules['verifyHeader']>[0],
        parent: Parameters<Rules['verifyHeader']>[1],
      ) => rules.verifyHeader(header, parent, header.timestamp);
      return { ...rules, finality: { kind: 'proof', attached: true, verifyProof } };
    },
    createEngine(config, rules, context) {
      const engine = turns.createEngine?.(config, rules, context);
      if (engine === undefined) throw new Error('round-robin has an engine');
      return {
        start: (start, now) => engine.start(start, now),
        on: (input, now) =>
          engine
            .on(input, now)
            .map((effect) => (effect.kind === 'publish' ? { ...effect, proof: Uint8Array.of(1) } : effect)),
      };
    },
  };
}

/** Cannot start on a chain whose last block is its own. */
export function diesOnItsOwnHead(): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  return {
    ...plugin,
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      if (engine === undefined) throw new Error('round-robin has an engine');
      return {
        start(start, now) {
          if (start.head.header.author === context.self) throw new Error('a block of mine, which I do not remember');
          return engine.start(start, now);
        },
        on: (input, now) => engine.on(input, now),
      };
    },
  };
}

/** Is done after a dozen blocks. */
export function standsStill(): ConsensusPlugin {
  return withEngine((engine) => {
    let isDone = false;
    return {
      start(start, now) {
        isDone = start.head.header.height > 12;
        return engine.start(start, now);
      },
      on(input, now) {
        if (input.kind === 'headChanged') isDone ||= input.head.header.height > 12;
        return engine.on(input, now).filter(({ kind }) => !isDone || kind !== 'buildBlock');
      },
    };
  });
}

/** A notary that was away stays silent as long once more, as if nobody could tell it where the others are. */
export function waitsAsLongAgain(): ConsensusPlugin {
  return withEngine((engine) => {
    let last = 0;
    let silentUntil = 0;
    return {
      start(start, now) {
        last = now;
        return engine.start(start, now);
      },
      on(input, now) {
        if (now - last > 20_000) silentUntil = now + (now - last);
        last = now;
        return engine.on(input, now).filter(({ kind }) => now >= silentUntil || kind !== 'buildBlock');
      },
    };
  }, referenceNotary() as ConsensusPlugin);
}

/** Every member says where it is, and all wait for whoever says that it is furthest, though one of three may lie. */
export function believesTheFurthest(): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  const slotIn = (payload: Uint8Array): number | undefined =>
    payload.length === 4 ? new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0) : undefined;
  const gossiping: ConsensusPlugin = {
    ...plugin,
    traits: { ...plugin.traits, faults: { kind: 'byzantine', numerator: 1, denominator: 3 } },
    createRules(config, context) {
      const rules = plugin.createRules(config, context);
      const keyOf = ({ author, payload }: SignedMessage): string | undefined => {
        const slot = slotIn(payload);
        return slot === undefined ? undefined : `${author}/place/${slot}`;
      };
      return {
        ...rules,
        conflictKey: (artefact) =>
          artefact.kind === 'message' ? keyOf(artefact.message) : rules.conflictKey?.(artefact),
      };
    },
  };
  return withEngine((engine) => {
    let own = 0;
    let furthest = 0;
    return {
      start: (start, now) => engine.start(start, now),
      on(input, now) {
        if (input.kind === 'messageReceived') furthest = Math.max(furthest, slotIn(input.message.payload) ?? 0);
        const effects = engine.on(input, now).filter(({ kind }) => furthest <= own + 1 || kind !== 'buildBlock');
        if (input.kind !== 'timerElapsed') return effects;
        own += 1;
        const payload = new Uint8Array(4);
        new DataView(payload.buffer).setUint32(0, own);
        const guard = { lane: 'place', sequence: [own] };
        return [...effects, { kind: 'send', to: { kind: 'validators' }, payload, guard }];
      },
    };
  }, gossiping);
}

/** Builds only if it has been there from the beginning. */
export function startsOnlyAtGenesis(): ConsensusPlugin {
  return withEngine((engine) => {
    let isEarly = false;
    return {
      start(start, now) {
        isEarly = start.head.header.height === 0;
        return engine.start(start, now);
      },
      on: (input, now) => engine.on(input, now).filter(({ kind }) => isEarly || kind !== 'buildBlock'),
    };
  });
}

/** Sees no two blocks of one author for one slot, whatever is signed. */
export function seesNoConflict(): ConsensusPlugin {
  return withRules((rules) => ({
    ...rules,
    conflictKey: (artefact) =>
      artefact.kind === 'header' ? `${artefact.header.author}/${artefact.header.id}` : undefined,
  }));
}

/** Blocks are signed, and nothing says which two of them exclude each other. */
export function namesNoConflict(): ConsensusPlugin {
  return withRules(({ conflictKey: _none, ...rules }) => rules);
}

/** Puts off whatever is older than a few slots, so that whoever comes late never catches up. */
export function refusesLateComers(): ConsensusPlugin {
  return withRules((rules) => ({
    ...rules,
    verifyHeader(header, parent, now) {
      const isOld = now > header.timestamp + 8_000;
      return isOld ? defer(now + 86_400_000) : rules.verifyHeader(header, parent, now);
    },
  }));
}

/** Divides by the number of others. */
export function needsCompany(): ConsensusPlugin {
  return withRules((rules) => ({
    ...rules,
    applyHeader(state, header, facts) {
      const others = rules.validators(state).length - 1;
      return 10n / BigInt(others) > 0n ? rules.applyHeader(state, header, facts) : state;
    },
  }));
}
