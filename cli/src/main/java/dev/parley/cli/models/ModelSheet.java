package dev.parley.cli.models;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.parley.cli.report.RewardModelFigures;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.adapter.AdapterFiles;
import dev.parley.model.decoder.DecoderLayout;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.Heads;
import dev.parley.model.family.Families;
import dev.parley.model.family.Family;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.generation.EndOfSequence;
import dev.parley.model.text.ChatMessage;
import dev.parley.model.text.ChatTemplate;
import dev.parley.model.text.ChatTokens;
import dev.parley.model.text.ModelTextException;
import dev.parley.model.text.Tokenizer;
import dev.parley.model.text.template.TemplateException;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.weights.Digests;
import dev.parley.model.weights.SafetensorsFile;
import dev.parley.model.weights.Slot;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightException;
import dev.parley.model.weights.WeightFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What is worth knowing about a model or an adapter, as lines for a person. */
final class ModelSheet {

  private static final List<ChatMessage> SAMPLE =
      List.of(
          new ChatMessage("user", "How do I fix a lamp?"),
          new ChatMessage(ChatMessage.ASSISTANT, "Unplug it first."));

  private final Terminal terminal;
  private final ModelDirectory directory;
  private final List<String> lines = new ArrayList<>();

  private ModelSheet(Terminal terminal, ModelDirectory directory) {
    this.terminal = terminal;
    this.directory = directory;
  }

  /**
   * Reads a model; of an adapter, base and adapter together.
   *
   * @throws dev.parley.model.family.ModelConfigException if its config.json cannot be used
   * @throws WeightException if its weights do not fit config.json, or the adapter its base
   */
  static List<String> of(Terminal terminal, ModelDirectory directory) {
    ModelSheet sheet = new ModelSheet(terminal, directory);
    try (WeightFiles files = WeightFiles.open(directory.base())) {
      directory.adapter().ifPresent(sheet::adapter);
      sheet.model(files);
      sheet.files(files);
    }
    sheet.heldOut();
    sheet.text();
    return List.copyOf(sheet.lines);
  }

  // ---- adapter ---------------------------------------------------------------------------------

  private void adapter(AdapterConfig config) {
    Map<String, String> facts = new LinkedHashMap<>();
    Path weights = directory.path().resolve(AdapterFiles.WEIGHTS);
    facts.put("adapter", directory.path().toString());
    facts.put("kind", "LoRA (PEFT's layout)");
    facts.put("rank", Integer.toString(config.rank()));
    facts.put("alpha", "%s, scale %s".formatted(config.alpha(), config.scale("", config.rank())));
    facts.put("targets", String.join(", ", config.targets()));
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      long numbers = file.names().stream().mapToLong(name -> file.entry(name).size()).sum();
      facts.put(
          "numbers", "%s in %d tensors".formatted(Quantity.exact(numbers), file.names().size()));
    }
    facts.put("weights (SHA-256)", Digests.ofFile(weights));
    facts.put("on its base (SHA-256)", directory.digest());
    section("", aligned(facts));
  }

  // ---- shape and parameters --------------------------------------------------------------------

  private void model(WeightFiles files) {
    ModelConfig config = ModelConfig.read(directory.base());
    Family family = Families.of(config);
    DecoderShape shape = family.shape(config);
    StoredType stored = files.storedType();
    long parameters;
    // Reading all of it is the check; in the number format that takes the least memory.
    Precision precision = stored == StoredType.F32 ? Precision.FLOAT32 : Precision.BFLOAT16;
    Heads heads;
    String architecture;
    try (LanguageModel model =
        LanguageModel.open(directory, new EngineOptions(EngineOptions.CPU.device(), precision))) {
      parameters = model.weights().parameters();
      heads = model.heads();
      architecture = model.architecture();
    }
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(directory.adapter().isPresent() ? "base" : "directory", directory.base().toString());
    facts.put("architecture", architecture);
    facts.put("family", family.modelType());
    facts.put("gives", gives(heads));
    facts.put("layers", Quantity.exact(shape.layers()));
    facts.put("hidden size", Quantity.exact(shape.hidden()));
    facts.put("attention heads", heads(shape));
    facts.put(
        "feed-forward size",
        Quantity.exact(shape.feedForward()) + (shape.gated() ? ", gated" : ""));
    facts.put("longest sequence", Quantity.exact(shape.maxPositions()) + " tokens");
    facts.put("vocabulary", Quantity.exact(shape.vocabulary()) + " tokens");
    facts.put("number format", types(files));
    section("", aligned(facts));
    Table table = new Table();
    table.row("parameters", Quantity.exact(parameters));
    parts(family.layout(config, shape), shape, heads)
        .forEach(
            (part, size) ->
                table.row(
                    "  " + part,
                    Quantity.exact(size),
                    Quantity.percent((double) size / parameters)));
    section("", table.lines());
    if (heads.language() && shape.tied()) {
      lines.add("  the output head is the embedding");
    }
  }

  private static String gives(Heads heads) {
    if (heads.language()) {
      return "tokens";
    }
    return heads.outputs() == 1
        ? "one score (a reward model)"
        : heads.outputs() + " scores (a reward model of several attributes)";
  }

  private static String heads(DecoderShape shape) {
    String heads = "%d of width %d".formatted(shape.heads(), shape.headDim());
    return shape.keyValueHeads() == shape.heads()
        ? heads
        : heads + ", sharing %d keys and values".formatted(shape.keyValueHeads());
  }

  private static String types(WeightFiles files) {
    Map<String, Long> counts = new TreeMap<>();
    for (String name : files.names()) {
      counts.merge(files.file(name).entry(name).type().torchName(), 1L, Long::sum);
    }
    return counts.size() == 1
        ? counts.keySet().iterator().next()
        : counts.entrySet().stream()
            .map(entry -> "%s (%d tensors)".formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
  }

  private static Map<String, Long> parts(DecoderLayout layout, DecoderShape shape, Heads heads) {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("embedding", layout.embedding().size());
    parts.put("positions", layout.positions().size());
    parts.put(
        "attention",
        ofLayers(
            layout,
            layer ->
                List.of(
                    layer.queryKeyValue(),
                    layer.queryKeyValueBias(),
                    layer.output(),
                    layer.outputBias())));
    parts.put(
        "feed-forward",
        ofLayers(
            layout, layer -> List.of(layer.up(), layer.upBias(), layer.down(), layer.downBias())));
    parts.put(
        "norms",
        layout.finalNorm().size()
            + layout.finalNormBias().size()
            + ofLayers(
                layout,
                layer ->
                    List.of(
                        layer.attentionNorm(),
                        layer.attentionNormBias(),
                        layer.feedForwardNorm(),
                        layer.feedForwardNormBias(),
                        layer.queryNorm(),
                        layer.keyNorm(),
                        layer.attentionPostNorm(),
                        layer.feedForwardPostNorm())));
    parts.put("output head", heads.language() ? layout.head().size() : 0);
    parts.put("score head", (long) heads.outputs() * shape.hidden());
    parts.values().removeIf(size -> size == 0);
    return parts;
  }

  private static long ofLayers(
      DecoderLayout layout, Function<DecoderLayout.Layer, List<Slot>> slots) {
    return layout.layers().stream()
        .flatMap(layer -> slots.apply(layer).stream())
        .mapToLong(Slot::size)
        .sum();
  }

  // ---- files -----------------------------------------------------------------------------------

  private void files(WeightFiles files) {
    Table table = new Table();
    long total = files.paths().stream().mapToLong(ModelSheet::size).sum();
    try (Progress progress = Progress.ofBytes(terminal, "SHA-256", total)) {
      for (Path file : files.paths()) {
        table.row(file.getFileName().toString(), Quantity.bytes(size(file)), Digests.ofFile(file));
        progress.add(size(file));
      }
      progress.clear();
    }
    section("weights (SHA-256)", table.lines());
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new WeightException("cannot read " + file + ": " + e, e);
    }
  }

  /** What Parley's trainer wrote down about a reward model. */
  private void heldOut() {
    Path file = directory.path().resolve(RewardModelFigures.FILE);
    if (!Files.exists(file)) {
      return;
    }
    Map<String, String> figures = new LinkedHashMap<>();
    try {
      JsonParser.parseString(Files.readString(file, StandardCharsets.UTF_8))
          .getAsJsonObject()
          .asMap()
          .forEach((name, value) -> figures.putAll(figures(name, value)));
    } catch (IOException | JsonParseException | IllegalStateException e) {
      throw new WeightException("cannot read " + file + ": " + e.getMessage(), e);
    }
    section(RewardModelFigures.FILE, aligned(figures));
  }

  /** Returns a figure as one line; of a model of several attributes, a line for each of these. */
  private static Map<String, String> figures(String name, JsonElement value) {
    if (!name.equals("attributes")) {
      return Map.of(name, value.toString());
    }
    Map<String, String> lines = new LinkedHashMap<>();
    for (JsonElement attribute : value.getAsJsonArray()) {
      JsonObject own = attribute.getAsJsonObject();
      lines.put(own.remove("attribute").getAsString(), own.toString());
    }
    return lines;
  }

  // ---- text ------------------------------------------------------------------------------------

  private void text() {
    try (Tokenizer tokenizer = Tokenizer.open(directory.text())) {
      tokenizer(tokenizer);
      template(tokenizer);
    } catch (ModelTextException | TemplateException e) {
      // Weights without text can be scored and trained by token ids, so this is no failure.
      section("text", List.of("not usable: " + e.getMessage()));
    }
  }

  private void tokenizer(Tokenizer tokenizer) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("tokens", Quantity.exact(tokenizer.vocabularySize()));
    new TreeMap<>(tokenizer.specialTokens().byName())
        .forEach(
            (name, token) ->
                facts.put(name, "%s (%d)".formatted(token, tokenizer.id(token).orElseThrow())));
    Set<Integer> ends =
        EndOfSequence.read(directory.base(), Optional.of(tokenizer), tokenizer.vocabularySize());
    facts.put(
        "ends an answer",
        ends.isEmpty()
            ? "nothing: answers go on to the length limit"
            : ends.stream()
                .map(id -> tokenizer.token(id).orElse("?") + " (" + id + ")")
                .collect(Collectors.joining(", ")));
    section("tokenizer", aligned(facts));
  }

  private void template(Tokenizer tokenizer) {
    ChatTemplate template = ChatTemplate.open(directory.text(), tokenizer);
    String text = template.render(SAMPLE, false, Map.of()).text();
    section("chat template (SHA-256 " + template.templateHash() + "), on a sample", List.of());
    text.lines().forEach(line -> lines.add("  " + visible(line)));
    ChatTokens tokens = template.encode(SAMPLE);
    long learnt = Arrays.stream(tokens.assistantMask()).filter(mask -> mask != 0).count();
    lines.add(
        "  %d tokens, of which %d are the assistant's".formatted(tokens.ids().length, learnt));
  }

  /** A template may hold anything; escape sequences must not reach the terminal. */
  private static String visible(String line) {
    return line.replaceAll("\\p{Cntrl}", "\uFFFD");
  }

  // ---- layout ----------------------------------------------------------------------------------

  /** Names, and what belongs to them in a column. */
  private static List<String> aligned(Map<String, String> facts) {
    int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
    return facts.entrySet().stream()
        .map(fact -> ("%-" + width + "s  %s").formatted(fact.getKey(), fact.getValue()))
        .toList();
  }

  private void section(String title, List<String> content) {
    if (!lines.isEmpty()) {
      lines.add("");
    }
    if (!title.isEmpty()) {
      lines.add(title);
    }
    lines.addAll(content);
  }
}
