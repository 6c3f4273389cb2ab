package dev.parley.reference;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.NativeThreads;

/** The frozen model: opened once, never changed. */
final class ReferenceModel implements LogProbsWorker.Computation, AutoCloseable {

  private static final int WARM_UP_TOKENS = 16;

  private final LanguageModel model;
  private final String digest;

  private ReferenceModel(LanguageModel model, String digest) {
    this.model = model;
    this.digest = digest;
  }

  /**
   * Opens the model and runs a forward pass, so that the first request finds everything loaded.
   *
   * @throws IllegalArgumentException if the weights have another digest than the pinned one, or the
   *     model does not predict tokens
   * @throws dev.parley.model.family.ModelConfigException if its architecture is not supported
   * @throws dev.parley.model.weights.WeightException if its weights cannot be read
   */
  static ReferenceModel open(ReferenceSettings settings) {
    settings.threads().ifPresent(NativeThreads::set);
    ModelDirectory directory = ModelDirectory.of(settings.model(), settings.base());
    String digest = directory.digest();
    settings
        .digest()
        .filter(pinned -> !pinned.equals(digest))
        .ifPresent(
            pinned -> {
              throw new IllegalArgumentException(
                  "the weights in "
                      + settings.model()
                      + " have the digest "
                      + digest
                      + ", but parley.reference.digest pins "
                      + pinned
                      + "; point parley.reference.model to the pinned weights or change the pin");
            });
    LanguageModel model = LanguageModel.open(directory, settings.engine());
    if (!model.heads().language()) {
      model.close();
      throw new IllegalArgumentException(
          settings.model()
              + " holds a "
              + model.architecture()
              + ", which gives no log-probabilities; expected a *ForCausalLM model");
    }
    ReferenceModel reference = new ReferenceModel(model, digest);
    int tokens = Math.min(WARM_UP_TOKENS, reference.maxPositions());
    model.logProbs(new TokenBatch(new int[tokens], new int[] {tokens}), 1);
    return reference;
  }

  @Override
  public float[] logProbs(TokenBatch batch, int[] positions, float[] temperatures) {
    boolean tempered = false;
    for (float temperature : temperatures) {
      tempered |= temperature != 1;
    }
    return model.scores(batch, positions, tempered ? temperatures : new float[0]).logProbs();
  }

  /** Returns the SHA-256 of the weights, as {@link ModelDirectory#digest} gives it. */
  String digest() {
    return digest;
  }

  /** Returns the architecture as config.json names it. */
  String architecture() {
    return model.architecture();
  }

  /** Returns V. */
  int vocabulary() {
    return model.shape().vocabulary();
  }

  /** Returns the longest sequence that the model was made for. */
  int maxPositions() {
    return model.shape().maxPositions();
  }

  @Override
  public void close() {
    model.close();
  }
}
