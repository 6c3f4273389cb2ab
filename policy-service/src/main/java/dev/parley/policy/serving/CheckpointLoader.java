package dev.parley.policy.serving;

import static java.util.stream.Collectors.joining;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.family.ModelConfigException;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.EarlyWeights;
import dev.parley.model.weights.Slot;
import dev.parley.model.weights.WeightException;
import dev.parley.model.weights.WeightFiles;
import dev.parley.model.weights.Weights;
import dev.parley.policy.serving.CheckpointRefusedException.Reason;
import dev.parley.proto.version.v1.PolicyVersion;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jboss.logging.Logger;

/**
 * Loads announced weights beside the running ones, and refuses what must not be served. Weights
 * that are announced as an adapter are merged into those of the model that the service began with.
 */
public final class CheckpointLoader {

  private static final Logger LOG = Logger.getLogger(CheckpointLoader.class);

  private final ModelDirectory start;
  private final DecoderShape shape;
  private final List<Slot> slots;
  private final EngineOptions options;

  /**
   * Prepares for one model.
   *
   * @param start where the model lies that the service began with: the base of adapters
   * @param shape of the running model
   * @param running its weights, for their layout
   * @param options where and how precisely it computes
   */
  public CheckpointLoader(
      ModelDirectory start, DecoderShape shape, Weights running, EngineOptions options) {
    this.start = start;
    this.shape = shape;
    this.slots = running.slots();
    this.options = options;
  }

  /** Makes room for the weights of a version that is still being written. */
  EarlyWeights room() {
    return new EarlyWeights(slots, options);
  }

  /**
   * Loads and checks.
   *
   * @param announced what the trainer says
   * @return the model, which the caller closes
   * @throws CheckpointRefusedException if it must not be served
   */
  public LanguageModel load(PolicyVersion announced) throws CheckpointRefusedException {
    return load(announced, Optional.empty());
  }

  /**
   * Loads and checks.
   *
   * @param announced what the trainer says
   * @param early what has been read of it already, which is closed
   * @return the model, which the caller closes
   * @throws CheckpointRefusedException if it must not be served
   */
  LanguageModel load(PolicyVersion announced, Optional<EarlyWeights> early)
      throws CheckpointRefusedException {
    ServedVersion version;
    Path directory;
    Optional<LanguageModel> begun = Optional.empty();
    try {
      version = version(announced);
      directory = directory(announced.getCheckpointUri());
      if (early.isPresent()) {
        begun = finish(early.get(), directory, version.checksum());
      }
    } finally {
      early.ifPresent(EarlyWeights::close);
    }
    if (begun.isPresent()) {
      return checked(begun.get(), directory);
    }
    return load(directory, version);
  }

  /** Returns the model, unless that gives other weights than those announced. */
  private Optional<LanguageModel> finish(EarlyWeights early, Path directory, String expected) {
    try (WeightFiles files = WeightFiles.open(directory)) {
      EarlyWeights.Finished finished = early.finish(files);
      if (!finished.digest().equals(expected)) {
        LOG.infof("What was read of %s as it was written is not what was announced", directory);
        return Optional.empty();
      }
      LanguageModel model = LanguageModel.of(directory, finished.weights(), options);
      early.giveAway();
      return Optional.of(model);
    } catch (WeightException | ModelConfigException e) {
      LOG.infof("What was read of %s as it was written is no use: %s", directory, e.getMessage());
      return Optional.empty();
    }
  }

  private LanguageModel checked(LanguageModel candidate, Path directory)
      throws CheckpointRefusedException {
    Optional<CheckpointRefusedException> fault = fault(directory, candidate);
    if (fault.isPresent()) {
      candidate.close();
      throw fault.get();
    }
    return candidate;
  }

  private LanguageModel load(Path directory, ServedVersion version)
      throws CheckpointRefusedException {
    LanguageModel candidate;
    CompletableFuture<String> digest;
    try {
      ModelDirectory announcedModel =
          AdapterConfig.isIn(directory)
              ? start.withAdapter(directory)
              : ModelDirectory.of(directory);
      // Both read the whole file, one to add it up and one to keep it.
      digest = CompletableFuture.supplyAsync(announcedModel::digest);
      candidate = open(announcedModel, digest, version.checksum());
    } catch (WeightException | ModelConfigException e) {
      throw new CheckpointRefusedException(Reason.UNREADABLE, e.getMessage(), e);
    }
    try {
      Optional<CheckpointRefusedException> fault = fault(directory, candidate);
      requireChecksum(directory, digest, version.checksum());
      if (fault.isPresent()) {
        throw fault.get();
      }
      return candidate;
    } catch (CheckpointRefusedException | RuntimeException e) {
      candidate.close();
      throw e;
    }
  }

  private static ServedVersion version(PolicyVersion announced) throws CheckpointRefusedException {
    try {
      return ServedVersion.of(announced.getVersion());
    } catch (IllegalArgumentException e) {
      throw new CheckpointRefusedException(
          Reason.ANNOUNCEMENT, "the announcement's " + e.getMessage(), e);
    }
  }

  /**
   * Returns the place that a URI names.
   *
   * @throws IllegalArgumentException if it is no place on this machine
   */
  static Path path(String uri) {
    try {
      URI parsed = new URI(uri);
      if ("file".equals(parsed.getScheme())) {
        return Path.of(parsed);
      }
      throw new IllegalArgumentException("\"" + uri + "\" is no file:///…");
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("\"" + uri + "\" is no file:///…: " + e.getMessage(), e);
    }
  }

  private static Path directory(String uri) throws CheckpointRefusedException {
    Path directory;
    try {
      directory = path(uri);
    } catch (IllegalArgumentException e) {
      throw new CheckpointRefusedException(
          Reason.ANNOUNCEMENT,
          "checkpoint_uri is \"" + uri + "\", expected a directory as file:///…: " + e.getMessage(),
          e);
    }
    if (!Files.isDirectory(directory)) {
      throw new CheckpointRefusedException(
          Reason.MISSING,
          directory + " is no directory; do trainer and policy see the same file system?");
    }
    return directory;
  }

  /** A file of other bytes than those announced is called that, whatever else is wrong with it. */
  private LanguageModel open(
      ModelDirectory model, CompletableFuture<String> digest, String expected)
      throws CheckpointRefusedException {
    try {
      return LanguageModel.open(model, options);
    } catch (WeightException | ModelConfigException e) {
      requireChecksum(model.path(), digest, expected);
      throw e;
    }
  }

  private static void requireChecksum(
      Path directory, CompletableFuture<String> digest, String expected)
      throws CheckpointRefusedException {
    String found;
    try {
      found = digest.join();
    } catch (CompletionException e) {
      throw new CheckpointRefusedException(
          Reason.UNREADABLE, e.getCause().getMessage(), e.getCause());
    }
    if (!found.equals(expected)) {
      throw new CheckpointRefusedException(
          Reason.CHECKSUM,
          "the weights in %s have the SHA-256 %s, announced was %s"
              .formatted(directory, found, expected));
    }
  }

  /** Returns why a model must not be served, whatever its checksum. */
  private Optional<CheckpointRefusedException> fault(Path directory, LanguageModel candidate) {
    try {
      requireSameModel(directory, candidate);
      requireFinite(directory, candidate);
      return Optional.empty();
    } catch (CheckpointRefusedException e) {
      return Optional.of(e);
    }
  }

  private void requireSameModel(Path directory, LanguageModel candidate)
      throws CheckpointRefusedException {
    List<String> differences = candidate.shape().differencesFrom(shape);
    if (!differences.isEmpty()) {
      throw ofAnotherModel(directory, String.join("; ", differences));
    }
    // Models of one shape may differ in their tensors: the biases of Qwen2, the norms of Qwen3.
    List<Slot> found = candidate.weights().slots();
    for (int i = 0; i < Math.max(found.size(), slots.size()); i++) {
      Slot here = i < found.size() ? found.get(i) : Slot.ABSENT;
      Slot expected = i < slots.size() ? slots.get(i) : Slot.ABSENT;
      if (!here.equals(expected)) {
        throw ofAnotherModel(
            directory, "%s, expected %s".formatted(tensors(here), tensors(expected)));
      }
    }
  }

  private static String tensors(Slot slot) {
    return slot.parts().stream()
        .map(part -> part.name() + " " + part.shape())
        .collect(joining(", ", "tensors (", ")"));
  }

  private static CheckpointRefusedException ofAnotherModel(Path directory, String difference) {
    return new CheckpointRefusedException(
        Reason.SHAPE, "%s holds another model: %s".formatted(directory, difference));
  }

  /** One wrong number in the weights spreads to every answer: a look at one token shows it. */
  private static void requireFinite(Path directory, LanguageModel candidate)
      throws CheckpointRefusedException {
    float[] logits = candidate.logits(TokenBatch.of(List.of(new int[] {0})))[0];
    for (float logit : logits) {
      if (!Float.isFinite(logit)) {
        throw new CheckpointRefusedException(
            Reason.NOT_FINITE, "the weights in " + directory + " give logits that are not finite");
      }
    }
  }
}
