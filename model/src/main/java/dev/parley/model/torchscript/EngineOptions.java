package dev.parley.model.torchscript;

import ai.djl.Device;
import java.util.Locale;
import java.util.Objects;

/**
 * Where and how precisely a model computes.
 *
 * @param device the CPU or a GPU
 * @param precision the number format of weights and activations
 */
public record EngineOptions(Device device, Precision precision) {

  /** The CPU in single precision. */
  public static final EngineOptions CPU = new EngineOptions(Device.cpu(), Precision.FLOAT32);

  /** Checks that nothing is missing. */
  public EngineOptions {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(precision, "precision");
  }

  /**
   * Reads settings.
   *
   * @param device "cpu", "cuda" or "cuda:1"
   * @param precision "float32" or "bfloat16"
   * @throws IllegalArgumentException if one of them is something else
   */
  public static EngineOptions parse(String device, String precision) {
    return new EngineOptions(parseDevice(device), Precision.parse(precision));
  }

  private static Device parseDevice(String text) {
    String name = text.toLowerCase(Locale.ROOT);
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    if (name.equals("cuda")) {
      return Device.gpu(0);
    }
    if (name.matches("cuda:\\d+")) {
      return Device.gpu(Integer.parseInt(name.substring("cuda:".length())));
    }
    throw new IllegalArgumentException(
        "device is \"" + text + "\", expected cpu, cuda or cuda:N with the number of a GPU");
  }

  /** Returns the device as settings name it ({@code "cpu"}, {@code "cuda:0"}). */
  public String deviceName() {
    return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
  }
}
