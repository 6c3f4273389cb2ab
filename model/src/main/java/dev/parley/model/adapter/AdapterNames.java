package dev.parley.model.adapter;

/** How PEFT names an adapter's tensors in {@code adapter_model.safetensors}. */
final class AdapterNames {

  /** Before the names that the base model has. */
  static final String PREFIX = "base_model.model.";

  /** Behind a module's name: A, {@code [rank, inputs]}. */
  static final String A = ".lora_A.weight";

  /** Behind a module's name: B, {@code [outputs, rank]}. */
  static final String B = ".lora_B.weight";

  private AdapterNames() {}

  static String a(String module) {
    return PREFIX + module + A;
  }

  static String b(String module) {
    return PREFIX + module + B;
  }

  /** A tensor that stands in the place of the base model's, as those of {@code modules_to_save}. */
  static String whole(String tensor) {
    return PREFIX + tensor;
  }
}
