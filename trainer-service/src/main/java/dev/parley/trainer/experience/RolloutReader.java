package dev.parley.trainer.experience;

import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.rollout.v1.VersionSpan;
import dev.parley.proto.sampling.v1.FinishReason;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Turns rollout events into samples, keeping out what cannot be learnt from. What is kept out is
 * counted by reason and never becomes a number.
 */
public final class RolloutReader {

  private final int vocabulary;
  private final boolean needsReference;
  private final Optional<Map<Long, String>> published;

  /**
   * Prepares a reader of the run's own rollouts.
   *
   * @param vocabulary tokens that the policy has
   * @param needsReference whether a sample without reference log-probabilities is of no use
   * @param published checksum of every version that the run has published, by its number; the map
   *     may grow while the reader is in use
   */
  public RolloutReader(int vocabulary, boolean needsReference, Map<Long, String> published) {
    this.vocabulary = vocabulary;
    this.needsReference = needsReference;
    this.published = Optional.of(published);
  }

  /**
   * Prepares a reader of rollouts of another run, whichever versions made them.
   *
   * @param vocabulary tokens that the policy has
   */
  public RolloutReader(int vocabulary) {
    this.vocabulary = vocabulary;
    this.needsReference = false;
    this.published = Optional.empty();
  }

  /** Why a sample was kept out. */
  public enum Reason {
    /** The whole group could not be generated. */
    NOT_GENERATED,
    /** No scorer answered, or its value was not finite. */
    SCORE_FAILED,
    /** The reward service did not answer in time. */
    SCORE_TIMED_OUT,
    /** The reference service did not answer, or answered wrongly. */
    REFERENCE_FAILED,
    /** The reference service did not answer in time. */
    REFERENCE_TIMED_OUT,
    /** Weights made it that this run never published. */
    UNKNOWN_VERSION,
    /** Fields contradict each other. */
    MALFORMED,
    /** The answer was broken off. */
    ABORTED
  }

  /**
   * What came of some rollouts.
   *
   * @param samples those that can be learnt from, in the order of the rollouts
   * @param kept out, by reason
   * @param example what was wrong with the first of them
   */
  public record Result(
      List<Sample> samples, Map<Reason, Integer> keptOut, Optional<String> example) {

    /** Copies the collections. */
    public Result {
      samples = List.copyOf(samples);
      EnumMap<Reason, Integer> sorted = new EnumMap<>(Reason.class);
      sorted.putAll(keptOut);
      keptOut = Collections.unmodifiableMap(sorted);
    }

    /** Returns how many answers were kept out, by the reason's name. */
    public Map<String, Integer> keptOutByName() {
      Map<String, Integer> byName = new TreeMap<>();
      keptOut.forEach((reason, count) -> byName.put(reason.name(), count));
      return byName;
    }

    /** Says why answers were kept out: {@code "{SCORE_FAILED=2}; the first: no such item"}. */
    public String describeKeptOut() {
      return keptOut + "; the first: " + example.orElse("");
    }

    /** Returns how many answers were kept out. */
    public int keptOutCount() {
      return keptOut.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  /** Reads rollouts. */
  public Result read(List<Rollout> rollouts) {
    List<Sample> samples = new ArrayList<>();
    Map<Reason, Integer> keptOut = new EnumMap<>(Reason.class);
    Optional<String> example = Optional.empty();
    for (Rollout rollout : rollouts) {
      if (rollout.getStatus() != Status.STATUS_OK) {
        keptOut.merge(
            Reason.NOT_GENERATED, Math.max(1, rollout.getPrompt().getGroupSize()), Integer::sum);
        example =
            example.or(
                () -> Optional.of(rollout.getPrompt().getPromptId() + ": " + rollout.getError()));
        continue;
      }
      for (Completion completion : rollout.getCompletionsList()) {
        Optional<Problem> problem = problem(rollout, completion);
        if (problem.isEmpty()) {
          samples.add(sample(rollout, completion));
          continue;
        }
        keptOut.merge(problem.get().reason(), 1, Integer::sum);
        String what =
            rollout.getPrompt().getPromptId()
                + "/"
                + completion.getSampleIndex()
                + ": "
                + problem.get().what();
        example = example.or(() -> Optional.of(what));
      }
    }
    return new Result(samples, keptOut, example);
  }

  private record Problem(Reason reason, String what) {}

  private Optional<Problem> problem(Rollout rollout, Completion completion) {
    int length = completion.getTokenIdsCount();
    if (completion.getFinishReason() == FinishReason.FINISH_REASON_ABORTED) {
      return Optional.of(new Problem(Reason.ABORTED, "the answer was broken off"));
    }
    if (length == 0
        || rollout.getPromptTokenIdsCount() == 0
        || completion.getActionMaskCount() != length
        || completion.getSamplingLogProbsCount() != length) {
      String what =
          "%d prompt tokens, %d tokens, %d action marks, %d log-probs; expected as many of the last"
              + " three, and at least one";
      return malformed(
          what.formatted(
              rollout.getPromptTokenIdsCount(),
              length,
              completion.getActionMaskCount(),
              completion.getSamplingLogProbsCount()));
    }
    if (!completion.getActionMaskList().contains(true)) {
      return malformed("the policy chose none of its tokens");
    }
    for (int token : completion.getTokenIdsList()) {
      if (token < 0 || token >= vocabulary) {
        return malformed("token " + token + ", but the policy has " + vocabulary);
      }
    }
    if (!allFinite(completion.getSamplingLogProbsList())) {
      return malformed("a sampling log-probability is not finite");
    }
    if (completion.getVersionSpansCount() == 0) {
      return malformed("it does not say which version made it");
    }
    return published
        .flatMap(versions -> versionProblem(completion, versions))
        .or(() -> scoreProblem(completion))
        .or(() -> referenceProblem(completion));
  }

  private static Optional<Problem> versionProblem(
      Completion completion, Map<Long, String> published) {
    for (VersionSpan span : completion.getVersionSpansList()) {
      String checksum = published.get(span.getVersion().getVersion());
      if (!span.getVersion().getChecksum().equals(checksum)) {
        return Optional.of(
            new Problem(
                Reason.UNKNOWN_VERSION,
                "made by version "
                    + span.getVersion().getVersion()
                    + " with checksum "
                    + span.getVersion().getChecksum()
                    + ", this run published "
                    + checksum));
      }
    }
    return Optional.empty();
  }

  private static Optional<Problem> malformed(String what) {
    return Optional.of(new Problem(Reason.MALFORMED, what));
  }

  private static Optional<Problem> scoreProblem(Completion completion) {
    if (completion.getScoresCount() == 0) {
      return Optional.of(new Problem(Reason.SCORE_FAILED, "no score"));
    }
    Score score = completion.getScores(0);
    if (score.getStatus() == Status.STATUS_TIMED_OUT) {
      return Optional.of(new Problem(Reason.SCORE_TIMED_OUT, score.getError()));
    }
    if (score.getStatus() != Status.STATUS_OK) {
      return Optional.of(new Problem(Reason.SCORE_FAILED, score.getError()));
    }
    if (!Double.isFinite(score.getValue())) {
      return Optional.of(new Problem(Reason.SCORE_FAILED, "the score is " + score.getValue()));
    }
    return Optional.empty();
  }

  private Optional<Problem> referenceProblem(Completion completion) {
    if (!needsReference) {
      return Optional.empty();
    }
    if (completion.getReferenceStatus() == Status.STATUS_TIMED_OUT) {
      return Optional.of(new Problem(Reason.REFERENCE_TIMED_OUT, completion.getReferenceError()));
    }
    if (completion.getReferenceStatus() != Status.STATUS_OK) {
      return Optional.of(new Problem(Reason.REFERENCE_FAILED, completion.getReferenceError()));
    }
    if (!hasReference(completion)) {
      return Optional.of(
          new Problem(
              Reason.REFERENCE_FAILED, "reference log-probabilities are missing or not finite"));
    }
    return Optional.empty();
  }

  private static boolean hasReference(Completion completion) {
    return completion.getReferenceStatus() == Status.STATUS_OK
        && completion.getReferenceLogProbsCount() == completion.getTokenIdsCount()
        && allFinite(completion.getReferenceLogProbsList());
  }

  private static boolean allFinite(List<Float> values) {
    return values.stream().allMatch(value -> Float.isFinite(value));
  }

  private static Sample sample(Rollout rollout, Completion completion) {
    Score score = completion.getScores(0);
    double temperature =
        rollout.getSampling().hasTemperature() ? rollout.getSampling().getTemperature() : 1;
    List<Long> versions =
        completion.getVersionSpansList().stream()
            .map(span -> span.getVersion().getVersion())
            .toList();
    return new Sample(
        rollout.getPrompt().getPromptId(),
        completion.getSampleIndex(),
        ints(rollout.getPromptTokenIdsList()),
        ints(completion.getTokenIdsList()),
        booleans(completion.getActionMaskList()),
        floats(completion.getSamplingLogProbsList()),
        policyLogProbs(rollout.getSampling(), completion, temperature),
        hasReference(completion) ? floats(completion.getReferenceLogProbsList()) : new float[0],
        score.getValue(),
        score.getComponentsMap(),
        completion.getFinishReason() == FinishReason.FINISH_REASON_STOP_TOKEN
            || completion.getFinishReason() == FinishReason.FINISH_REASON_STOP_STRING,
        temperature == 0 ? 1 : temperature,
        versions.stream().mapToLong(Long::longValue).max().orElseThrow(),
        versions.stream().mapToLong(Long::longValue).min().orElseThrow(),
        completion.getText());
  }

  /** At temperature 1 the model's own numbers are it, else those of a draw from everything. */
  private static float[] policyLogProbs(
      SamplingParameters sampling, Completion completion, double temperature) {
    if (temperature == 1 || temperature == 0) {
      List<Float> model = completion.getModelLogProbsList();
      boolean complete = model.size() == completion.getTokenIdsCount() && allFinite(model);
      return complete ? floats(model) : new float[0];
    }
    boolean cut =
        sampling.getTopK() != 0
            || (sampling.hasTopP() && sampling.getTopP() != 1)
            || sampling.getMinNewTokens() != 0;
    return cut ? new float[0] : floats(completion.getSamplingLogProbsList());
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  private static float[] floats(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }

  private static boolean[] booleans(List<Boolean> values) {
    boolean[] array = new boolean[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }
}
