package dev.parley.trainer.preference;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.RecipeConfig;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Log-probabilities of answers under the frozen reference. They are computed once, before training,
 * so that one model is in memory at a time, and kept in a file for later starts and for other runs
 * over the same data.
 *
 * <p>The file is named by all that the numbers depend on: the digest of the reference's weights,
 * the precision of passes, and the answers' tokens with their marks, in which data, tokenizer, chat
 * template and the limit of tokens all show. The order of the rows, and which are held out, do not
 * matter.
 */
public final class ReferenceLogProbs {

  /** Where they are kept if the settings do not say, beside the run's directory. */
  static final String DIRECTORY = "reference-log-probs";

  /** Answers after which progress is told. */
  private static final int STRETCH = 512;

  private static final int KEY_DIGITS = 32;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Double> byAnswer;

  private ReferenceLogProbs(Map<String, Double> byAnswer) {
    this.byAnswer = byAnswer;
  }

  /** What a file holds. */
  private record Stored(String reference, String precision, TreeMap<String, Double> logProbs) {}

  /**
   * Reads them, or computes and keeps them.
   *
   * @param config the run's settings
   * @param settings of the reference
   * @param answers all that will be asked for
   * @param context the run, which is told what is done
   * @return the log-probabilities; empty if the run was asked to stop before they were all there
   * @throws IllegalArgumentException if the reference predicts no tokens, or has another vocabulary
   *     than the starting model
   * @throws UncheckedIOException if the file cannot be read or written
   */
  public static Optional<ReferenceLogProbs> open(
      PreferenceConfig config,
      PreferenceConfig.Reference settings,
      Collection<LearningSequence> answers,
      RunContext context) {
    TreeMap<String, LearningSequence> distinct = new TreeMap<>();
    answers.forEach(answer -> distinct.putIfAbsent(name(answer), answer));
    ModelDirectory model = model(config, settings);
    String precision = config.engine().precision().name().toLowerCase(Locale.ROOT);
    Path file =
        settings
            .cache()
            .orElse(context.directory().path().resolveSibling(DIRECTORY))
            .resolve(key(model.digest(), precision, distinct.keySet()) + ".json");
    if (Files.exists(file)) {
      context.log().progress("reading reference log-probabilities", 0, 0, "answers", 0);
      return Optional.of(read(file, distinct.keySet()));
    }
    TreeMap<String, Double> logProbs = compute(config, model, distinct, context);
    if (logProbs.size() < distinct.size()) {
      return Optional.empty();
    }
    write(file, new Stored(model.digest(), precision, logProbs));
    return Optional.of(new ReferenceLogProbs(logProbs));
  }

  /**
   * Checks that there is a reference.
   *
   * @param config the run's settings
   * @param settings of the reference
   * @param problems takes what is wrong
   */
  public static void check(
      PreferenceConfig config, PreferenceConfig.Reference settings, Problems problems) {
    problems.require(
        settings.path().isPresent() || config.model().start() == RecipeConfig.Model.Start.WEIGHTS,
        "model.start is random, and the reference would be the same noise; give reference.path, or"
            + " start from weights");
    settings
        .path()
        .ifPresent(
            path ->
                problems.require(
                    Files.isDirectory(path),
                    "reference.path is " + path + ", which is no directory"));
  }

  /** Says which model the reference is. */
  public static Plan describe(
      Plan plan, PreferenceConfig config, PreferenceConfig.Reference settings) {
    return plan.with("reference", model(config, settings));
  }

  /** Returns where the reference lies. */
  private static ModelDirectory model(
      PreferenceConfig config, PreferenceConfig.Reference settings) {
    return settings.path().map(ModelDirectory::of).orElseGet(() -> SharedSettings.origin(config));
  }

  /**
   * Returns log π_ref of answers, nats, {@code [answers]}.
   *
   * @throws IllegalArgumentException if one was not named when these were made
   */
  public float[] logProbs(List<LearningSequence> answers) {
    float[] logProbs = new float[answers.size()];
    for (int i = 0; i < logProbs.length; i++) {
      Double found = byAnswer.get(name(answers.get(i)));
      if (found == null) {
        throw new IllegalArgumentException(
            "the reference's log-probability of an answer of %d tokens was not computed"
                .formatted(answers.get(i).tokens().length));
      }
      logProbs[i] = found.floatValue();
    }
    return logProbs;
  }

  /** Computes all of them, or as many as there is time for before the run is to stop. */
  private static TreeMap<String, Double> compute(
      PreferenceConfig config,
      ModelDirectory directory,
      TreeMap<String, LearningSequence> answers,
      RunContext context) {
    TreeMap<String, Double> logProbs = new TreeMap<>();
    List<String> names = new ArrayList<>(answers.keySet());
    try (LanguageModel model =
            LanguageModel.open(directory, SharedSettings.engine(config.engine(), true));
        Accumulation accumulation =
            SharedSettings.accumulation(config.engine(), SharedSettings.workers(config, model))) {
      requireLike(model, directory, config);
      for (int from = 0;
          from < names.size() && !context.stopRequested().getAsBoolean();
          from += STRETCH) {
        long start = System.nanoTime();
        List<String> stretch = names.subList(from, Math.min(from + STRETCH, names.size()));
        List<LearningSequence> sequences = stretch.stream().map(answers::get).toList();
        float[] sums = AnswerLogProbs.of(model, sequences, accumulation);
        for (int i = 0; i < sums.length; i++) {
          requireFinite(sums[i], directory);
          logProbs.put(stretch.get(i), (double) sums[i]);
        }
        long tokens = sequences.stream().mapToLong(one -> one.tokens().length).sum();
        context
            .log()
            .progress(
                "computing reference log-probabilities",
                logProbs.size(),
                names.size(),
                "answers",
                tokens * 1e9 / (System.nanoTime() - start));
      }
    }
    return logProbs;
  }

  private static void requireLike(
      LanguageModel reference, ModelDirectory directory, PreferenceConfig config) {
    if (!reference.heads().language()) {
      throw new IllegalArgumentException(
          "the reference %s is a %s, which predicts no tokens; expected a language model"
              .formatted(directory, reference.architecture()));
    }
    int expected = SharedSettings.vocabulary(config);
    if (reference.shape().vocabulary() != expected) {
      throw new IllegalArgumentException(
          "the reference %s has a vocabulary of %d tokens, the model at model.path %s one of %d; give a reference of the same tokenizer"
              .formatted(
                  directory, reference.shape().vocabulary(), config.model().path(), expected));
    }
  }

  private static void requireFinite(float logProb, ModelDirectory directory) {
    if (!Float.isFinite(logProb)) {
      throw new IllegalArgumentException(
          "the reference %s gives an answer the log-probability %s; expected a finite number: its weights are damaged, or too large for engine.precision"
              .formatted(directory, logProb));
    }
  }

  private static ReferenceLogProbs read(Path file, Collection<String> names) {
    TreeMap<String, Double> found;
    try {
      found = JSON.readValue(file.toFile(), Stored.class).logProbs();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "%s cannot be read; delete it, and it is made anew".formatted(file), e);
    }
    if (!found.keySet().equals(names)) {
      throw new IllegalArgumentException(
          "%s holds %d log-probabilities that are not those of the %d answers that it is named after; delete it, and it is made anew"
              .formatted(file, found.size(), names.size()));
    }
    return new ReferenceLogProbs(found);
  }

  /** Runs that start together may write the same file: the last one to end wins, with the same. */
  private static void write(Path file, Stored stored) {
    try {
      Files.createDirectories(file.getParent());
      Path temporary = file.resolveSibling(".incomplete-" + UUID.randomUUID());
      JSON.writerWithDefaultPrettyPrinter().writeValue(temporary.toFile(), stored);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static String key(String model, String precision, Collection<String> answers) {
    MessageDigest digest = sha256();
    digest.update((model + "\n" + precision + "\n").getBytes(StandardCharsets.UTF_8));
    answers.forEach(answer -> digest.update(answer.getBytes(StandardCharsets.UTF_8)));
    return hex(digest);
  }

  /** Names an answer by its tokens and by which of them are learnt. */
  private static String name(LearningSequence answer) {
    ByteBuffer bytes = ByteBuffer.allocate(answer.tokens().length * (Integer.BYTES + 1));
    for (int t = 0; t < answer.tokens().length; t++) {
      bytes.putInt(answer.tokens()[t]).put((byte) (answer.learnt()[t] ? 1 : 0));
    }
    MessageDigest digest = sha256();
    digest.update(bytes.array());
    return hex(digest);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest()).substring(0, KEY_DIGITS);
  }
}
