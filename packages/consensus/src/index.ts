/**
 * The contract between a consensus plugin and the host that runs it.
 *
 * A plugin has two halves. The **rules** are pure functions that every node evaluates: they check
 * headers, derive the consensus state after a block, choose between branches and recognise
 * finality. The **engine** is the active half that only participants run: a synchronous state
 * machine that turns inputs into effects. Neither half reads a clock, draws randomness, awaits,
 * touches keys, sockets or disks, or knows the ledger. The host does all of that, through the ports
 * in `ports.ts`, under the obligations listed in `contract.md`.
 *
 * Conventions used throughout:
 * - every closed union is discriminated by `kind`;
 * - every value is immutable; neither side changes anything it received or returned;
 * - numbers are safe integers; amounts, weights and targets are `bigint`; there are no floats;
 * - "total" means: returns for every input of the declared type and never throws;
 * - "deterministic" means: equal arguments give equal results in every process, on every platform.
 *
 * This module has no dependencies and no side effects; it runs in browsers, workers and Node.
 *
 * @packageDocumentation
 */

export * from './bytes.ts';
export * from './directive.ts';
export * from './engine.ts';
export * from './era.ts';
export * from './errors.ts';
export * from './evidence.ts';
export * from './evidence-codec.ts';
export * from './fact.ts';
export * from './header.ts';
export * from './plugin.ts';
export * from './primitives.ts';
export * from './quorum.ts';
export * from './rules.ts';
export * from './slot.ts';
export * from './verdict.ts';
