/**
 * Creates consensus plugins: `npm create fiducia-plugin my-plugin` gives a project with a working protocol, the
 * conformance kit, a simulation with fault seeds and a benchmark.
 *
 * The same as a function, for generators of one's own:
 *
 * @example
 * ```ts
 * import { createProject, isCreateError } from 'create-fiducia-plugin';
 *
 * try {
 *   const { folder, protocol, files } = createProject({ folder: 'plugins/fair-turns', template: 'votes' });
 *   console.log(folder, protocol, files.length);
 * } catch (error) {
 *   if (isCreateError(error) && error.data.code === 'FOLDER_NOT_EMPTY') console.error('it is there already');
 *   else throw error;
 * }
 * ```
 *
 * Not for: installing anything, changing a project that is there, or plugins without TypeScript.
 *
 * @packageDocumentation
 */
export { type CreatedProject, createProject, type ProjectOptions, TEMPLATES, type TemplateName } from './create.ts';
export { CreateError, type CreateErrorData, EXIT_CODES, isCreateError } from './errors.ts';
