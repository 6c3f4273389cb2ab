/**
 * Loads TorchScript programs kept as text resources and calls their methods.
 *
 * <p>Comes in: program source, {@link ai.djl.ndarray.NDArray}s and numbers. Goes out: NDArrays,
 * with or without a gradient graph. Every other package of this module calls it; it is the only one
 * that sees DJL's JNI layer.
 */
package dev.parley.model.torchscript;
