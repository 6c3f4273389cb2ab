package dev.parley.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.torchscript.EngineOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Models of a few hundred parameters in many shapes, whose every tensor is random, norms and biases
 * included: what the decoder is held against its naive twin with.
 */
public final class RandomModels {

  /** Tokens in every vocabulary. */
  public static final int VOCABULARY = 13;

  private RandomModels() {}

  /**
   * A shape of model.
   *
   * @param name what is special about it
   * @param config what config.json says
   */
  public record Architecture(String name, ModelConfig config) {

    /** Makes a model, all of whose tensors are random. */
    public LanguageModel create(long seed) {
      return randomize(LanguageModel.create(config, seed, EngineOptions.CPU), seed);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * Returns shapes of all families: grouped queries, tied and untied heads, biases, rotations,
   * windows, caps. Windows are shorter than the rows that tests draw.
   */
  public static Stream<Architecture> all() {
    return Stream.of(
        llama(
            "llama, two queries per key, tied",
            """
            {"num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": true}"""),
        llama(
            "llama, one key head, untied, own head width",
            """
            {"num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 6,
             "tie_word_embeddings": false}"""),
        llama(
            "llama, a key per query, all biases, gelu",
            """
            {"num_attention_heads": 2, "num_key_value_heads": 2, "attention_bias": true,
             "mlp_bias": true, "hidden_act": "gelu", "tie_word_embeddings": false}"""),
        llama(
            "llama, rotation scaled as Llama 3.1's",
            """
            {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
             "tie_word_embeddings": true, "rope_theta": 50.0,
             "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                              "high_freq_factor": 4.0, "original_max_position_embeddings": 64}}"""),
        llama(
            "llama, rotation scaled linearly, parameters as transformers 5 writes them",
            """
            {"num_attention_heads": 2, "num_key_value_heads": 2, "rope_theta": null,
             "hidden_act": "gelu_pytorch_tanh", "tie_word_embeddings": true,
             "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 300.0}}"""),
        llama(
            "qwen2, biases on queries, keys and values",
            """
            {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2",
             "num_attention_heads": 4, "num_key_value_heads": 2, "use_sliding_window": false,
             "tie_word_embeddings": true}"""),
        llama(
            "mistral, a sliding window",
            """
            {"architectures": ["MistralForCausalLM"], "model_type": "mistral",
             "num_attention_heads": 4, "num_key_value_heads": 2, "sliding_window": 3,
             "tie_word_embeddings": false}"""),
        llama(
            "mistral, no window, own head width",
            """
            {"architectures": ["MistralForCausalLM"], "model_type": "mistral",
             "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 6,
             "sliding_window": null, "tie_word_embeddings": false}"""),
        llama(
            "qwen3, norms of heads, own head width, tied",
            """
            {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3",
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
             "sliding_window": null, "use_sliding_window": false, "tie_word_embeddings": true}"""),
        llama(
            "qwen3, norms of heads, biases, untied",
            """
            {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3",
             "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8,
             "attention_bias": true, "tie_word_embeddings": false}"""),
        llama(
            "gemma2, caps that matter, every other layer with a window",
            """
            {"architectures": ["Gemma2ForCausalLM"], "model_type": "gemma2",
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
             "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 9,
             "sliding_window": 3, "attn_logit_softcapping": 1.5, "final_logit_softcapping": 2.5,
             "tie_word_embeddings": true}"""),
        llama(
            "gemma2, no caps, layers' windows listed, biases, untied",
            """
            {"architectures": ["Gemma2ForCausalLM"], "model_type": "gemma2",
             "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8,
             "hidden_activation": "gelu", "query_pre_attn_scalar": 8, "attention_bias": true,
             "sliding_window": 4, "layer_types": ["full_attention", "sliding_attention"],
             "attn_logit_softcapping": null, "final_logit_softcapping": null,
             "tie_word_embeddings": false}"""),
        gpt2("gpt2, tied", "{}"),
        gpt2(
            "gpt2, untied, gelu, own inner width",
            """
            {"n_head": 2, "n_inner": 10, "activation_function": "gelu",
             "tie_word_embeddings": false}"""));
  }

  /** Returns shapes whose attention differs: to all before, in a window, with capped scores. */
  public static Stream<Architecture> kindsOfAttention() {
    List<String> names = List.of("llama, two queries", "mistral, a sliding", "gemma2, caps");
    return all().filter(shape -> names.stream().anyMatch(shape.name()::startsWith));
  }

  private static Architecture llama(String name, String fields) {
    return new Architecture(
        name,
        config(
            name,
            """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 16,
             "intermediate_size": 14, "num_hidden_layers": 2, "max_position_embeddings": 128,
             "hidden_act": "silu", "rms_norm_eps": 1e-3, "rope_theta": 100.0}""",
            fields));
  }

  private static Architecture gpt2(String name, String fields) {
    return new Architecture(
        name,
        config(
            name,
            """
            {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": 12,
             "n_head": 3, "n_layer": 2, "n_positions": 64, "layer_norm_epsilon": 1e-3,
             "activation_function": "gelu_new"}""",
            fields));
  }

  private static ModelConfig config(String name, String common, String fields) {
    JsonObject json = JsonParser.parseString(common).getAsJsonObject();
    json.addProperty("vocab_size", VOCABULARY);
    return new ModelConfig(name, json).with(JsonParser.parseString(fields).getAsJsonObject());
  }

  /** Overwrites all tensors of a model with random numbers. */
  public static LanguageModel randomize(LanguageModel model, long seed) {
    Random random = new Random(seed);
    for (String name : model.weights().names()) {
      float[] values = model.weights().floats(name);
      boolean norm = name.contains("norm") || name.contains("ln_");
      for (int i = 0; i < values.length; i++) {
        double deviation = norm ? 0.2 : 0.4;
        double mean = norm && name.endsWith("weight") ? model.shape().norm().neutralWeight() : 0;
        values[i] = (float) (mean + deviation * random.nextGaussian());
      }
      model.weights().setFloats(name, values);
    }
    return model;
  }

  /** Draws rows of different lengths, at least two tokens each. */
  public static TokenBatch batch(Random random, int rows, int longest) {
    List<int[]> tokens = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      int length = row == 0 ? longest : 2 + random.nextInt(longest - 1);
      tokens.add(random.ints(length, 0, VOCABULARY).toArray());
    }
    return TokenBatch.of(tokens);
  }

  /** Returns the rows of a batch. */
  public static List<int[]> rows(TokenBatch batch) {
    List<int[]> rows = new ArrayList<>();
    int[] starts = batch.starts();
    for (int row = 0; row < batch.rows(); row++) {
      int[] tokens = new int[batch.lengths()[row]];
      System.arraycopy(batch.tokens(), starts[row], tokens, 0, tokens.length);
      rows.add(tokens);
    }
    return rows;
  }
}
