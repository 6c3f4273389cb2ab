/**
 * Processes that belong together: started, waited for, watched, and stopped in reverse order.
 *
 * <p>In: commands, environments, how to know that each is ready. Out: running processes with their
 * logs in files, and an error that shows the end of the log of the one that failed. Called by
 * {@code parley up} and by whatever starts the services.
 *
 * <p>No process outlives the one that started it, even if that one is killed at once. Beside each
 * child a small shell reads from a pipe into which nothing is ever written; when the parent ends,
 * however it ends, the operating system closes the pipe, and the shell stops the child. The child
 * itself need not know.
 */
package dev.parley.cli.process;
