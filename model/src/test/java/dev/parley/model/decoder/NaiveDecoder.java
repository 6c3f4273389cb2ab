package dev.parley.model.decoder;

import com.google.gson.JsonObject;
import dev.parley.model.LanguageModel;
import dev.parley.model.weights.StoredType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A plain-Java twin of the decoder, to be read top to bottom: one row at a time, one number at a
 * time, in double precision, without cache, batches or stacked matrices. It takes the tensors by
 * the names that they have in a checkpoint, and its settings from config.json.
 *
 * <p>Llama (Touvron et al. 2023) with grouped queries, rotary embeddings and a gated feed-forward
 * layer, and what its descendants change: Qwen2, Mistral, Qwen3, Gemma 2; and GPT-2 (Radford et al.
 * 2019).
 */
final class NaiveDecoder {

  private final JsonObject config;
  private final Map<String, double[]> tensors = new LinkedHashMap<>();

  private NaiveDecoder(JsonObject config) {
    this.config = config;
  }

  /** Makes the twin of a model, with a copy of its weights. */
  static NaiveDecoder of(LanguageModel model) {
    NaiveDecoder twin = new NaiveDecoder(model.config(StoredType.F32).json());
    for (String name : model.weights().names()) {
      float[] single = model.weights().floats(name);
      double[] values = new double[single.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = single[i];
      }
      twin.tensors.put(name, values);
    }
    return twin;
  }

  /** Returns the tensors, which may be changed. */
  Map<String, double[]> tensors() {
    return tensors;
  }

  /** Returns the logits of the tokens that follow each token, {@code [T, V]}. */
  double[][] logits(int[] tokens) {
    double[] head = tensors.get("lm_head.weight");
    double[] embedding =
        tensors.get(gpt2() ? "transformer.wte.weight" : "model.embed_tokens.weight");
    double[][] hidden = hidden(tokens);
    double[][] logits = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      logits[t] = multiply(head == null ? embedding : head, hidden[t]);
      for (int v = 0; v < logits[t].length; v++) {
        logits[t][v] = capped(logits[t][v], "final_logit_softcapping");
      }
    }
    return logits;
  }

  /** Returns the scalar head's number at each token, {@code [T]}. */
  double[] scalars(int[] tokens) {
    boolean value = tensors.containsKey("v_head.summary.weight");
    double[] weight = tensors.get(value ? "v_head.summary.weight" : "score.weight");
    double bias = value ? tensors.get("v_head.summary.bias")[0] : 0;
    double[][] hidden = hidden(tokens);
    double[] scalars = new double[tokens.length];
    for (int t = 0; t < tokens.length; t++) {
      scalars[t] = dot(weight, hidden[t]) + bias;
    }
    return scalars;
  }

  /** Returns the hidden states after the final norm, {@code [T, D]}. */
  double[][] hidden(int[] tokens) {
    return gpt2() ? gpt2(tokens) : llama(tokens);
  }

  private boolean gpt2() {
    return is("gpt2");
  }

  private boolean is(String modelType) {
    return config.get("model_type").getAsString().equals(modelType);
  }

  // --- Llama ---

  private double[][] llama(int[] tokens) {
    int heads = integer("num_attention_heads");
    int keyHeads = integer("num_key_value_heads");
    int width = integer("hidden_size");
    int headWidth = config.has("head_dim") ? integer("head_dim") : width / heads;
    double[][] x = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      x[t] = row("model.embed_tokens.weight", tokens[t], width);
      for (int d = 0; gemma2() && d < width; d++) {
        x[t][d] *= Math.sqrt(width);
      }
    }
    for (int layer = 0; layer < integer("num_hidden_layers"); layer++) {
      String prefix = "model.layers." + layer + ".";
      double[][] q = new double[tokens.length][];
      double[][] k = new double[tokens.length][];
      double[][] v = new double[tokens.length][];
      for (int t = 0; t < tokens.length; t++) {
        double[] u = rmsNorm(x[t], prefix + "input_layernorm.weight");
        q[t] = turn(normedHeads(prefix + "self_attn.q", u, headWidth), t, headWidth);
        k[t] = turn(normedHeads(prefix + "self_attn.k", u, headWidth), t, headWidth);
        v[t] = linear(prefix + "self_attn.v_proj", u);
      }
      for (int t = 0; t < tokens.length; t++) {
        double[] a = attend(q[t], k, v, firstSeen(layer, t), t, heads, keyHeads, headWidth);
        double[] attended = linear(prefix + "self_attn.o_proj", a);
        if (gemma2()) {
          attended = rmsNorm(attended, prefix + "post_attention_layernorm.weight");
        }
        x[t] = add(x[t], attended);
        String before = gemma2() ? "pre_feedforward_layernorm" : "post_attention_layernorm";
        double[] u = rmsNorm(x[t], prefix + before + ".weight");
        double[] gate = linear(prefix + "mlp.gate_proj", u);
        double[] inner = linear(prefix + "mlp.up_proj", u);
        for (int f = 0; f < inner.length; f++) {
          inner[f] *=
              activation(
                  gate[f], config.get(gemma2() ? "hidden_activation" : "hidden_act").getAsString());
        }
        double[] fed = linear(prefix + "mlp.down_proj", inner);
        if (gemma2()) {
          fed = rmsNorm(fed, prefix + "post_feedforward_layernorm.weight");
        }
        x[t] = add(x[t], fed);
      }
    }
    for (int t = 0; t < tokens.length; t++) {
      x[t] = rmsNorm(x[t], "model.norm.weight");
    }
    return x;
  }

  private boolean gemma2() {
    return is("gemma2");
  }

  /** A projection; in Qwen3, each of its heads is normed. */
  private double[] normedHeads(String prefix, double[] u, int headWidth) {
    double[] x = linear(prefix + "_proj", u);
    if (is("qwen3")) {
      for (int head = 0; head < x.length; head += headWidth) {
        double[] one = Arrays.copyOfRange(x, head, head + headWidth);
        System.arraycopy(rmsNorm(one, prefix + "_norm.weight"), 0, x, head, headWidth);
      }
    }
    return x;
  }

  /** The first of the positions that a sliding window lets the token at position t see. */
  private int firstSeen(int layer, int t) {
    boolean windowed = present("sliding_window") && is("mistral");
    if (gemma2()) {
      windowed =
          present("layer_types")
              ? config
                  .getAsJsonArray("layer_types")
                  .get(layer)
                  .getAsString()
                  .equals("sliding_attention")
              : layer % 2 == 0;
    }
    return windowed ? Math.max(0, t - integer("sliding_window") + 1) : 0;
  }

  /** c · tanh(x / c), where config.json has a c. */
  private double capped(double x, String field) {
    return present(field) ? real(field) * Math.tanh(x / real(field)) : x;
  }

  private boolean present(String field) {
    return config.has(field) && !config.get(field).isJsonNull();
  }

  /** x / sqrt(mean(x²) + ε) · w; in Gemma 2, w counts from one. */
  private double[] rmsNorm(double[] x, String name) {
    double[] weight = tensors.get(name);
    double from = gemma2() ? 1 : 0;
    double scale = 1 / Math.sqrt(dot(x, x) / x.length + real("rms_norm_eps"));
    double[] y = new double[x.length];
    for (int d = 0; d < x.length; d++) {
      y[d] = x[d] * scale * (from + weight[d]);
    }
    return y;
  }

  /** Rotary embedding: coordinates i and i + h/2 of each head turn by position · frequency. */
  private double[] turn(double[] x, int position, int headWidth) {
    double[] y = new double[x.length];
    int half = headWidth / 2;
    for (int head = 0; head < x.length; head += headWidth) {
      for (int i = 0; i < half; i++) {
        double angle = position * frequency(i, headWidth);
        double first = x[head + i];
        double second = x[head + half + i];
        y[head + i] = first * Math.cos(angle) - second * Math.sin(angle);
        y[head + half + i] = second * Math.cos(angle) + first * Math.sin(angle);
      }
    }
    return y;
  }

  private double frequency(int i, int headWidth) {
    JsonObject scaling = new JsonObject();
    for (String field : new String[] {"rope_scaling", "rope_parameters"}) {
      if (config.has(field) && config.get(field).isJsonObject()) {
        scaling = config.getAsJsonObject(field);
      }
    }
    double theta = (scaling.has("rope_theta") ? scaling : config).get("rope_theta").getAsDouble();
    double frequency = Math.pow(theta, -2.0 * i / headWidth);
    String type = scaling.has("rope_type") ? scaling.get("rope_type").getAsString() : "default";
    if (type.equals("default")) {
      return frequency;
    }
    double factor = scaling.get("factor").getAsDouble();
    if (type.equals("linear")) {
      return frequency / factor;
    }
    // Llama 3.1: how often the wave fits into the length it was trained on decides.
    double low = scaling.get("low_freq_factor").getAsDouble();
    double high = scaling.get("high_freq_factor").getAsDouble();
    double trained = scaling.get("original_max_position_embeddings").getAsDouble();
    double turns = trained * frequency / (2 * Math.PI);
    double kept = Math.max(0, Math.min(1, (turns - low) / (high - low)));
    return kept * frequency + (1 - kept) * frequency / factor;
  }

  // --- GPT-2 ---

  private double[][] gpt2(int[] tokens) {
    int heads = integer("n_head");
    int width = integer("n_embd");
    double[][] x = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      x[t] =
          add(
              row("transformer.wte.weight", tokens[t], width),
              row("transformer.wpe.weight", t, width));
    }
    for (int layer = 0; layer < integer("n_layer"); layer++) {
      String prefix = "transformer.h." + layer + ".";
      double[][] q = new double[tokens.length][width];
      double[][] k = new double[tokens.length][width];
      double[][] v = new double[tokens.length][width];
      for (int t = 0; t < tokens.length; t++) {
        double[] u = layerNorm(x[t], prefix + "ln_1");
        double[] qkv = transposedLinear(prefix + "attn.c_attn", u);
        System.arraycopy(qkv, 0, q[t], 0, width);
        System.arraycopy(qkv, width, k[t], 0, width);
        System.arraycopy(qkv, 2 * width, v[t], 0, width);
      }
      for (int t = 0; t < tokens.length; t++) {
        double[] a = attend(q[t], k, v, 0, t, heads, heads, width / heads);
        x[t] = add(x[t], transposedLinear(prefix + "attn.c_proj", a));
        double[] inner = transposedLinear(prefix + "mlp.c_fc", layerNorm(x[t], prefix + "ln_2"));
        for (int f = 0; f < inner.length; f++) {
          inner[f] = activation(inner[f], config.get("activation_function").getAsString());
        }
        x[t] = add(x[t], transposedLinear(prefix + "mlp.c_proj", inner));
      }
    }
    for (int t = 0; t < tokens.length; t++) {
      x[t] = layerNorm(x[t], "transformer.ln_f");
    }
    return x;
  }

  /** (x − mean) / sqrt(variance + ε) · w + b. */
  private double[] layerNorm(double[] x, String prefix) {
    double[] weight = tensors.get(prefix + ".weight");
    double[] bias = tensors.get(prefix + ".bias");
    double mean = 0;
    for (double value : x) {
      mean += value / x.length;
    }
    double variance = 0;
    for (double value : x) {
      variance += (value - mean) * (value - mean) / x.length;
    }
    double[] y = new double[x.length];
    for (int d = 0; d < x.length; d++) {
      y[d] = (x[d] - mean) / Math.sqrt(variance + real("layer_norm_epsilon")) * weight[d] + bias[d];
    }
    return y;
  }

  /** GPT-2 stores its matrices as {@code [in, out]}. */
  private double[] transposedLinear(String prefix, double[] x) {
    double[] weight = tensors.get(prefix + ".weight");
    double[] y = tensors.get(prefix + ".bias").clone();
    for (int in = 0; in < x.length; in++) {
      for (int out = 0; out < y.length; out++) {
        y[out] += x[in] * weight[in * y.length + out];
      }
    }
    return y;
  }

  // --- both ---

  /** Softmax attention of the token at position t to the tokens from `first` up to itself. */
  private double[] attend(
      double[] q,
      double[][] k,
      double[][] v,
      int first,
      int t,
      int heads,
      int keyHeads,
      int headWidth) {
    double divisor =
        Math.sqrt(present("query_pre_attn_scalar") ? real("query_pre_attn_scalar") : headWidth);
    double[] result = new double[heads * headWidth];
    for (int head = 0; head < heads; head++) {
      int queryAt = head * headWidth;
      int keyAt = head / (heads / keyHeads) * headWidth;
      double[] scores = new double[t + 1];
      double largest = Double.NEGATIVE_INFINITY;
      for (int s = first; s <= t; s++) {
        for (int i = 0; i < headWidth; i++) {
          scores[s] += q[queryAt + i] * k[s][keyAt + i] / divisor;
        }
        scores[s] = capped(scores[s], "attn_logit_softcapping");
        largest = Math.max(largest, scores[s]);
      }
      double sum = 0;
      for (int s = first; s <= t; s++) {
        scores[s] = Math.exp(scores[s] - largest);
        sum += scores[s];
      }
      for (int s = first; s <= t; s++) {
        for (int i = 0; i < headWidth; i++) {
          result[queryAt + i] += scores[s] / sum * v[s][keyAt + i];
        }
      }
    }
    return result;
  }

  private static double activation(double x, String name) {
    return switch (name) {
      case "silu" -> x / (1 + Math.exp(-x));
      case "gelu_new", "gelu_pytorch_tanh" ->
          x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case "gelu" -> x / 2 * (1 + erf(x / Math.sqrt(2)));
      default -> throw new IllegalArgumentException(name);
    };
  }

  /**
   * The error function, 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (2n + 1)!! (Abramowitz and Stegun, 7.1.6):
   * all terms have one sign, so nothing cancels.
   */
  private static double erf(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  private double[] linear(String prefix, double[] x) {
    double[] y = multiply(tensors.get(prefix + ".weight"), x);
    double[] bias = tensors.get(prefix + ".bias");
    return bias == null ? y : add(y, bias);
  }

  /** weight {@code [out, in]} times x {@code [in]}. */
  private static double[] multiply(double[] weight, double[] x) {
    double[] y = new double[weight.length / x.length];
    for (int out = 0; out < y.length; out++) {
      for (int in = 0; in < x.length; in++) {
        y[out] += weight[out * x.length + in] * x[in];
      }
    }
    return y;
  }

  private double[] row(String name, int index, int width) {
    double[] row = new double[width];
    System.arraycopy(tensors.get(name), index * width, row, 0, width);
    return row;
  }

  private static double[] add(double[] a, double[] b) {
    double[] sum = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      sum[i] = a[i] + b[i];
    }
    return sum;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private int integer(String field) {
    return config.get(field).getAsInt();
  }

  private double real(String field) {
    return config.get(field).getAsDouble();
  }
}
