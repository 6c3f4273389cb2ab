package dev.parley.trainer.memory;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The memory that this process may use. */
public final class MachineMemory {

  private MachineMemory() {}

  /**
   * Returns the memory of a device in bytes.
   *
   * @param device a GPU, or the CPU: then that of the machine
   */
  public static long bytes(Device device) {
    return device.isGpu() ? CudaUtils.getGpuMemory(device).getMax() : bytes();
  }

  /** Returns the machine's memory in bytes, or the container's limit if that is less. */
  public static long bytes() {
    // Of a container's limit the JVM knows by itself.
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }
}
