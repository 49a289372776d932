/**
 * Signing under guard (contract H-27, H-28).
 *
 * @module
 */
import type { Artefact, Bytes, Guard } from '@fiducia/consensus';
import type { Awaitable, SignResult } from '@fiducia/consensus/ports';
import { whenDone } from '../awaitable.ts';
import type { PluginContext } from '../context.ts';
import { pluginDefect } from '../era/guarded-rules.ts';

/** What to sign for the engine. */
export interface GuardedRequest {
  /** Domain label. */
  readonly domain: string;
  readonly data: Bytes;
  readonly guard: Guard | undefined;
  /** The artefact as its `conflictKey` sees it; its signature may be missing. */
  readonly artefact: Artefact;
}

/** A signature, and the bytes it covers: those asked for, or those signed earlier in their place. */
export interface GuardedSignature {
  readonly kind: 'signed' | 'conflict';
  readonly data: Bytes;
  readonly signature: Bytes;
}

/** Signs, or says in a trace why not and returns `null`. */
export function signGuarded(context: PluginContext, request: GuardedRequest): Awaitable<GuardedSignature | null> {
  const { signer, active, events } = context;
  const { domain, data, guard } = request;
  if (signer === null) {
    events.trace('SIGNER_MISSING', { domain });
    return null;
  }
  if (!isGuardedEnough(context, request.artefact, guard)) return null;
  if (guard !== undefined) requireGuard(context, guard);
  const signed = signer.sign({ scope: active.scope, domain, data, ...(guard && { guard }) });
  return whenDone(signed, (result) => signatureOf(context, request, result));
}

function signatureOf(
  context: PluginContext,
  { domain, data, guard }: GuardedRequest,
  result: SignResult,
): GuardedSignature | null {
  const { events } = context;
  if (!context.isRunning() || !context.isCurrent()) return null;
  switch (result.kind) {
    case 'signed':
      return { kind: 'signed', data, signature: result.signature };
    case 'conflict':
      events.trace('SIGNATURE_CONFLICT', { domain, lane: guard?.lane ?? '' });
      return { kind: 'conflict', data: result.data, signature: result.signature };
    case 'refused':
      events.trace('SIGNATURE_REFUSED', { domain, lane: guard?.lane ?? '', code: result.code });
      return null;
  }
}

/** Most lanes of one protocol, and elements of a sequence (contract H-27). */
const GUARD_LANES_MAX = 16;
const SEQUENCE_ELEMENTS_MAX = 4;

/** A lane per artefact, or positions that cannot be compared, would make the guard useless. */
function requireGuard(context: PluginContext, guard: Guard): void {
  const { lane, sequence, floors = {} } = guard;
  const isComparable = [...sequence, ...Object.values(floors)].every((value) => Number.isSafeInteger(value));
  context.guardLanes.add(lane);
  if (isComparable && sequence.length <= SEQUENCE_ELEMENTS_MAX && context.guardLanes.size <= GUARD_LANES_MAX) return;
  throw pluginDefect(context.active.protocol, 'guard', `lane ${lane}, sequence ${sequence}`);
}

/** An artefact that can contradict another one needs a guard (contract H-28). */
export function isGuardedEnough(context: PluginContext, artefact: Artefact, guard: Guard | undefined): boolean {
  if (guard !== undefined || context.active.rules.conflictKey?.(artefact) === undefined) return true;
  context.events.trace('GUARD_MISSING', { artefact: artefact.kind });
  return false;
}
