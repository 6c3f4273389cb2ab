package dev.parley.cli.quickstart;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The quickstart's numbers. */
final class QuickstartSettings {

  static final int DEMONSTRATIONS = 6000;
  static final int PAIRS = 7000;
  static final int PROMPTS_PER_UPDATE = 128;

  private QuickstartSettings() {}

  /** A Llama of 0.8 million parameters. */
  static String modelConfig(int vocabulary) {
    return """
        {
          "architectures": ["LlamaForCausalLM"],
          "model_type": "llama",
          "vocab_size": %d,
          "hidden_size": 128,
          "intermediate_size": 384,
          "num_hidden_layers": 4,
          "num_attention_heads": 4,
          "num_key_value_heads": 4,
          "max_position_embeddings": 256,
          "hidden_act": "silu",
          "rms_norm_eps": 1e-05,
          "rope_theta": 10000.0,
          "tie_word_embeddings": true,
          "initializer_range": 0.02,
          "bos_token_id": %d,
          "eos_token_id": %d,
          "pad_token_id": %d,
          "torch_dtype": "float32"
        }
        """
        .formatted(vocabulary, WordTokenizer.START, WordTokenizer.END, WordTokenizer.PAD);
  }

  /** Four passes over the demonstrations, from random weights. */
  static Map<String, Object> sft(Path directory, Path run, String id, long seed) {
    Map<String, Object> settings = common(run, id + "-sft", seed, directory.resolve("base"));
    settings.put("model.start", "random");
    settings.put("data.files", directory.resolve("data/demonstrations.jsonl"));
    settings.put("sft.epochs", 4);
    settings.put("sft.batch-size", 64);
    settings.put("optimizer.learning-rate", 3e-3);
    settings.put("optimizer.schedule", "cosine");
    settings.put("optimizer.warm-up-steps", 20);
    settings.put("checkpoint.every", 0);
    return settings;
  }

  /** Two passes over the pairs; 15% of the questions are held out. */
  static Map<String, Object> rewardModel(
      Path directory, Path run, String id, long seed, Path policy) {
    Map<String, Object> settings = common(run, id + "-reward-model", seed, policy);
    settings.put("data.files", directory.resolve("data/preferences.jsonl"));
    settings.put("data.held-out", 0.15);
    settings.put("reward-model.epochs", 2);
    settings.put("reward-model.batch-size", 64);
    settings.put("reward-model.centering-coefficient", 0.01);
    settings.put("optimizer.learning-rate", 5e-4);
    settings.put("optimizer.schedule", "cosine");
    settings.put("optimizer.warm-up-steps", 5);
    settings.put("checkpoint.every", 0);
    return settings;
  }

  /** The critic starts from the reward model. */
  static Map<String, Object> ppo(
      Path directory, String id, long seed, Path policy, Path reward, String kafka, int updates) {
    Map<String, Object> settings = common(directory, id, seed, policy);
    settings.put("run.kafka", kafka);
    settings.put("prompts.files", directory.resolve("data/prompts.jsonl"));
    settings.put("prompts.per-update", PROMPTS_PER_UPDATE);
    settings.put("sampling.max-new-tokens", Answers.MAX_NEW_TOKENS);
    settings.put("value.trunk", "separate");
    settings.put("value.path", reward);
    settings.put("value.learning-rate", 1e-3);
    settings.put("optimizer.learning-rate", 5e-4);
    settings.put("kl.coefficient", 0.05);
    settings.put("ppo.updates", updates);
    settings.put("ppo.epochs", 2);
    settings.put("ppo.minibatches", 2);
    settings.put("checkpoint.every", 20);
    return settings;
  }

  private static Map<String, Object> common(Path run, String id, long seed, Path model) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("run.id", id);
    settings.put("run.directory", run);
    settings.put("run.seed", seed);
    settings.put("model.path", model);
    settings.put("engine.micro-batch-tokens", 8192);
    return settings;
  }
}
