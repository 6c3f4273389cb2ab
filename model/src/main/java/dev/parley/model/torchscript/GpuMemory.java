package dev.parley.model.torchscript;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.util.Optional;

/**
 * The memory of a GPU as its driver counts it: that of all processes that use the GPU. To ask costs
 * some microseconds.
 *
 * @param device the GPU
 */
public record GpuMemory(Device device) {

  /** Returns the memory of the device that options name; empty if that is the CPU. */
  public static Optional<GpuMemory> of(EngineOptions options) {
    return options.device().isGpu()
        ? Optional.of(new GpuMemory(options.device()))
        : Optional.empty();
  }

  /** Returns the device as settings name it ({@code "cuda:0"}). */
  public String name() {
    return "cuda:" + device.getDeviceId();
  }

  /** Returns the bytes that are taken. */
  public long used() {
    return CudaUtils.getGpuMemory(device).getCommitted();
  }

  /** Returns all bytes. */
  public long total() {
    return CudaUtils.getGpuMemory(device).getMax();
  }
}
