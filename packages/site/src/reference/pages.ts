/**
 * All pages that are generated from the sources, except the API reference.
 *
 * @module
 */
import type { Page } from '../pages.ts';
import type { PublishedPackage } from '../workspace.ts';
import { createArchitecturePage } from './architecture.ts';
import { createCommandsPage } from './commands.ts';
import { createConfigurationPage } from './configuration.ts';
import { createErrorsPage } from './errors.ts';
import { createEventsPage } from './events.ts';
import { createKitPage } from './kit.ts';
import { createRefusalsPage } from './refusals.ts';
import { createTokensPage } from './tokens.ts';

/** Makes the pages below `reference/`. @throws Error that names everything the sources do not say. */
export async function createReferencePages(packages: readonly PublishedPackage[]): Promise<readonly Page[]> {
  const problems: string[] = [];
  const pages = [
    createErrorsPage(packages, problems),
    createRefusalsPage(packages, problems),
    createEventsPage(packages),
    createTokensPage(packages),
    await createConfigurationPage(packages),
    await createCommandsPage(packages),
    createArchitecturePage(packages),
    createKitPage(),
  ];
  if (problems.length > 0) throw new Error(`codes without explanation:\n${problems.join('\n')}`);
  return pages;
}
