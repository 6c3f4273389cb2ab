/**
 * What tests of the trainer run on: toy learners, toy data, a toy policy and one broker for all.
 *
 * <p>Comes in: seeds. Goes out: real parts at toy size. Called by the tests of every package.
 */
package dev.parley.trainer.toy;
