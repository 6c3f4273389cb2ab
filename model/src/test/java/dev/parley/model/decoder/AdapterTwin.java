package dev.parley.model.decoder;

import dev.parley.model.LanguageModel;
import dev.parley.model.adapter.Adapter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The twin of a model with an adapter: a plain twin whose weights are W + s B A, number by number,
 * from an adapter's tensors that may be changed.
 */
final class AdapterTwin {

  private static final String PREFIX = "base_model.model.";

  private final NaiveDecoder plain;
  private final Adapter adapter;
  private final Map<String, double[]> frozen = new LinkedHashMap<>();
  private final Map<String, double[]> tensors = new LinkedHashMap<>();

  AdapterTwin(LanguageModel model) {
    this.plain = NaiveDecoder.of(model);
    this.adapter = model.adapter().orElseThrow();
    plain.tensors().forEach((name, values) -> frozen.put(name, values.clone()));
    for (String name : adapter.weights().names()) {
      float[] single = adapter.weights().floats(name);
      double[] values = new double[single.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = single[i];
      }
      tensors.put(name, values);
    }
  }

  /** Returns the adapter's tensors by PEFT's names. */
  Map<String, double[]> tensors() {
    return tensors;
  }

  /** Returns the loss with the adapter's tensors as they are. */
  double loss(LossExample example) {
    for (Map.Entry<String, double[]> tensor : tensors.entrySet()) {
      String name = tensor.getKey().substring(PREFIX.length());
      if (name.endsWith(".lora_A.weight")) {
        String module = name.substring(0, name.length() - ".lora_A.weight".length());
        double[] b = tensors.get(PREFIX + module + ".lora_B.weight");
        merge(module + ".weight", tensor.getValue(), b);
      } else if (!name.endsWith(".lora_B.weight")) {
        plain.tensors().put(name, tensor.getValue());
      }
    }
    return example.of(plain);
  }

  private void merge(String name, double[] a, double[] b) {
    int rank = adapter.settings().rank();
    int inputs = a.length / rank;
    int outputs = b.length / rank;
    // GPT-2's checkpoints hold projections as [in, out].
    boolean transposed = name.startsWith("transformer.");
    double[] merged = frozen.get(name).clone();
    for (int o = 0; o < outputs; o++) {
      for (int i = 0; i < inputs; i++) {
        double sum = 0;
        for (int r = 0; r < rank; r++) {
          sum += b[o * rank + r] * a[r * inputs + i];
        }
        merged[transposed ? i * outputs + o : o * inputs + i] += adapter.settings().scale() * sum;
      }
    }
    plain.tensors().put(name, merged);
  }
}
