package dev.parley.model.adapter;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.family.ModelConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * An adapter's {@code adapter_config.json}, as PEFT writes it.
 *
 * @param origin the file, for messages
 * @param base the model that is adapted: a directory, or an id on the hub; empty if the file does
 *     not say
 * @param task what the adapted model gives
 * @param rank r of projections that {@code rank_pattern} does not name
 * @param alpha α of projections that {@code alpha_pattern} does not name
 * @param alphas α of others, by regular expressions of their names
 * @param rankStabilised whether the scale is α / √r instead of α / r
 * @param targets the projections, as the file says them
 */
public record AdapterConfig(
    String origin,
    Optional<String> base,
    Task task,
    int rank,
    double alpha,
    Map<Pattern, Double> alphas,
    boolean rankStabilised,
    List<String> targets) {

  /** The file's name in an adapter's directory. */
  public static final String FILE = "adapter_config.json";

  /** Initialisations that leave the base model as it is. */
  private static final Set<String> PLAIN_STARTS =
      Set.of("true", "false", "gaussian", "orthogonal", "eva");

  /** What an adapted model gives. */
  public enum Task {
    /** Tokens. */
    CAUSAL_LM,
    /** One number: a reward model. */
    SEQ_CLS,
    /** What its base gives. */
    UNSAID
  }

  /** Copies the collections. */
  public AdapterConfig {
    alphas = new LinkedHashMap<>(alphas);
    targets = List.copyOf(targets);
  }

  /** Tells whether a directory holds an adapter rather than a model by itself. */
  public static boolean isIn(Path directory) {
    return Files.exists(directory.resolve(FILE));
  }

  /**
   * Reads an adapter's directory.
   *
   * @throws ModelConfigException if the file is missing or broken, or asks for something that is
   *     not a plain LoRA adapter; the message names the field
   */
  public static AdapterConfig read(Path directory) {
    ModelConfig config = ModelConfig.read(directory, FILE);
    requirePlainLora(config);
    Map<Pattern, Double> alphas = new LinkedHashMap<>();
    ModelConfig pattern = config.object("alpha_pattern");
    for (String name : pattern.json().keySet()) {
      alphas.put(pattern(config, name), pattern.number(name));
    }
    return new AdapterConfig(
        config.origin(),
        config.has("base_model_name_or_path")
            ? Optional.of(config.text("base_model_name_or_path"))
            : Optional.empty(),
        task(config),
        config.positive("r"),
        config.number("lora_alpha"),
        alphas,
        config.flag("use_rslora", false),
        targets(config));
  }

  private static void requirePlainLora(ModelConfig config) {
    String type = config.text("peft_type");
    config.require("peft_type", type.equals("LORA"), "\"LORA\", the one kind that Parley knows");
    for (String field : List.of("use_dora", "lora_bias", "use_qalora")) {
      config.require(field, !config.flag(field, false), "false or nothing");
    }
    config.require("bias", config.text("bias", "none").equals("none"), "\"none\"");
    for (String field :
        List.of(
            "layer_replication",
            "target_parameters",
            "trainable_token_indices",
            "alora_invocation_tokens",
            "arrow_config",
            "kasa_config",
            "use_bdlora",
            "velora_config",
            "monteclora_config")) {
      config.require(field, !config.has(field), "null or nothing: Parley knows plain LoRA");
    }
    String field = "init_lora_weights";
    String start = config.has(field) ? config.json().get(field).getAsString() : "true";
    config.require(
        field,
        PLAIN_STARTS.contains(start),
        "a start that leaves the base as it is, one of "
            + String.join(", ", PLAIN_STARTS.stream().sorted().toList())
            + "; convert the adapter with PEFT's path_initial_model_for_weight_conversion");
  }

  private static Task task(ModelConfig config) {
    String field = "task_type";
    if (!config.has(field)) {
      return Task.UNSAID;
    }
    String name = config.text(field);
    Optional<Task> known =
        Stream.of(Task.CAUSAL_LM, Task.SEQ_CLS).filter(task -> task.name().equals(name)).findAny();
    config.require(field, known.isPresent(), "CAUSAL_LM, SEQ_CLS or null");
    return known.orElseThrow();
  }

  private static Pattern pattern(ModelConfig config, String name) {
    try {
      return Pattern.compile("(.*\\.)?(" + name + ")");
    } catch (PatternSyntaxException e) {
      throw new ModelConfigException(
          config.origin()
              + ": \"alpha_pattern\" names \""
              + name
              + "\", which is no regular expression: "
              + e.getMessage(),
          e);
    }
  }

  private static List<String> targets(ModelConfig config) {
    String field = "target_modules";
    boolean one = config.has(field) && config.json().get(field).isJsonPrimitive();
    return one ? List.of(config.text(field)) : config.texts(field);
  }

  /**
   * Returns what B A of a projection is multiplied with.
   *
   * @param module the projection's name
   * @param itsRank r of its matrices
   */
  public double scale(String module, int itsRank) {
    double itsAlpha =
        alphas.entrySet().stream()
            .filter(entry -> entry.getKey().matcher(module).matches())
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse(alpha);
    return rankStabilised ? itsAlpha / Math.sqrt(itsRank) : itsAlpha / itsRank;
  }

  /**
   * Returns the file of an adapter that was made here, with the fields that PEFT writes.
   *
   * @param adapter the adapter
   * @param base directory or hub id of the model that it adapts
   */
  static String json(Adapter adapter, String base) {
    LoraSettings settings = adapter.settings();
    boolean language = adapter.heads().language();
    JsonObject json = new JsonObject();
    json.add("alpha_pattern", new JsonObject());
    json.addProperty("base_model_name_or_path", base);
    json.addProperty("bias", "none");
    json.addProperty("fan_in_fan_out", adapter.transposed());
    json.addProperty("inference_mode", true);
    json.addProperty("init_lora_weights", true);
    boolean whole = settings.alpha() == Math.rint(settings.alpha());
    json.addProperty("lora_alpha", whole ? (Number) (long) settings.alpha() : settings.alpha());
    json.addProperty("lora_dropout", settings.dropout());
    // As PEFT has it for models with one number per sequence.
    List<String> saved = language ? List.of() : List.of("classifier", "score");
    json.add("modules_to_save", saved.isEmpty() ? JsonNull.INSTANCE : array(saved));
    json.addProperty("peft_type", "LORA");
    json.addProperty("r", settings.rank());
    json.add("rank_pattern", new JsonObject());
    json.add("target_modules", array(adapter.targets()));
    json.addProperty("task_type", (language ? Task.CAUSAL_LM : Task.SEQ_CLS).name());
    json.addProperty("use_dora", false);
    json.addProperty("use_rslora", settings.rankStabilised());
    return new ModelConfig(FILE, json).toJson();
  }

  private static JsonElement array(List<String> texts) {
    JsonArray array = new JsonArray();
    texts.forEach(array::add);
    return array;
  }
}
