/**
 * Colours and type of the report, as CSS custom properties, so that one drawing serves the light
 * and the dark page.
 *
 * @module
 */
import type { NodeRole } from '../scenario/nodes.ts';

/** A colour that the style sheet defines for both colour schemes. */
export const COLOURS = {
  ink: 'var(--ink)',
  faint: 'var(--ink-faint)',
  rule: 'var(--rule)',
  paper: 'var(--paper)',
  demand: 'var(--demand)',
  supply: 'var(--supply)',
  accent: 'var(--accent)',
} as const;

/** Typeface of axes and labels; the page uses the same. */
export const FONT = 'var(--sans)';

/** Colour of a node and of its kind of energy. */
export function roleColour(role: NodeRole): string {
  return `var(--${role.toLowerCase()})`;
}
