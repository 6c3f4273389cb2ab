/**
 * Models from the Hugging Face hub, or a server that speaks like it.
 *
 * <p>In: what a user types for a model. Out: a local directory with its files. Called by every
 * command that takes a model.
 *
 * <p>The cache has the layout of Python's huggingface_hub ({@code
 * models--org--name/{blobs,refs,snapshots}}, a blob named by its etag, a snapshot of links into the
 * blobs), so that the two share files. One thing differs on purpose: a download under way is {@code
 * blobs/ETAG.parley.incomplete}. Python's lock is flock(2) and Java's is fcntl(2), which do not see
 * each other, so the two must never write to one file; each puts its finished blob in place with a
 * rename.
 */
package dev.parley.cli.hub;
