package dev.parley.trainer.experience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.rollout.v1.VersionSpan;
import dev.parley.proto.sampling.v1.FinishReason;
import dev.parley.proto.sampling.v1.SamplingParameters;
import dev.parley.proto.version.v1.VersionReference;
import dev.parley.trainer.experience.RolloutReader.Reason;
import dev.parley.trainer.experience.RolloutReader.Result;
import dev.parley.trainer.toy.ToyRollouts;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RolloutReaderTest {

  private static final int VOCABULARY = 100;
  private static final Map<Long, String> PUBLISHED =
      Map.of(0L, ToyRollouts.checksum(0), 1L, ToyRollouts.checksum(1));

  private static final Rollout WHOLE = ToyRollouts.rollout("r", 1, "p");

  private static Result read(Rollout... rollouts) {
    return new RolloutReader(VOCABULARY, true, PUBLISHED).read(List.of(rollouts));
  }

  /** Changes the first of the group's two answers. */
  private static Rollout with(Consumer<Completion.Builder> change) {
    Rollout.Builder rollout = WHOLE.toBuilder();
    change.accept(rollout.getCompletionsBuilder(0));
    return rollout.build();
  }

  private static Rollout withScore(Consumer<Score.Builder> change) {
    return with(completion -> change.accept(completion.getScoresBuilder(0)));
  }

  /** Each way to be of no use: the reason, what the message says, the rollout. */
  static Stream<Arguments> defects() {
    return Stream.of(
        defect(
            Reason.ABORTED,
            "broken off",
            with(c -> c.setFinishReason(FinishReason.FINISH_REASON_ABORTED))),
        defect(Reason.MALFORMED, "0 tokens", with(c -> c.clearTokenIds())),
        defect(
            Reason.MALFORMED,
            "2 action marks",
            with(c -> c.clearActionMask().addAllActionMask(List.of(true, true)))),
        defect(Reason.MALFORMED, "0 log-probs", with(c -> c.clearSamplingLogProbs())),
        defect(
            Reason.MALFORMED,
            "chose none",
            with(c -> c.clearActionMask().addAllActionMask(List.of(false, false, false)))),
        defect(Reason.MALFORMED, "token 100", with(c -> c.setTokenIds(1, VOCABULARY))),
        defect(Reason.MALFORMED, "token -1", with(c -> c.setTokenIds(1, -1))),
        defect(Reason.MALFORMED, "not finite", with(c -> c.setSamplingLogProbs(1, Float.NaN))),
        defect(
            Reason.MALFORMED,
            "not finite",
            with(c -> c.setSamplingLogProbs(1, Float.NEGATIVE_INFINITY))),
        defect(Reason.MALFORMED, "which version", with(c -> c.clearVersionSpans())),
        defect(
            Reason.UNKNOWN_VERSION, "version 7", with(c -> c.addVersionSpans(ToyRollouts.span(7)))),
        defect(
            Reason.UNKNOWN_VERSION,
            "another",
            with(
                c ->
                    c.setVersionSpans(
                        0,
                        VersionSpan.newBuilder()
                            .setVersion(
                                VersionReference.newBuilder()
                                    .setVersion(1)
                                    .setChecksum("another"))))),
        defect(Reason.SCORE_FAILED, "no score", with(c -> c.clearScores())),
        defect(
            Reason.SCORE_FAILED,
            "scorer fell over",
            withScore(s -> s.setStatus(Status.STATUS_FAILED).setError("scorer fell over"))),
        defect(Reason.SCORE_FAILED, "", withScore(s -> s.setStatus(Status.STATUS_UNSPECIFIED))),
        defect(Reason.SCORE_FAILED, "NaN", withScore(s -> s.setValue(Double.NaN))),
        defect(
            Reason.SCORE_FAILED, "Infinity", withScore(s -> s.setValue(Double.POSITIVE_INFINITY))),
        defect(
            Reason.SCORE_TIMED_OUT,
            "too slow",
            withScore(s -> s.setStatus(Status.STATUS_TIMED_OUT).setError("too slow"))),
        defect(
            Reason.REFERENCE_FAILED,
            "no reference",
            with(
                c -> c.setReferenceStatus(Status.STATUS_FAILED).setReferenceError("no reference"))),
        defect(
            Reason.REFERENCE_FAILED,
            "missing or not finite",
            with(c -> c.clearReferenceLogProbs())),
        defect(
            Reason.REFERENCE_FAILED,
            "missing or not finite",
            with(c -> c.setReferenceLogProbs(0, Float.NaN))),
        defect(
            Reason.REFERENCE_TIMED_OUT,
            "too slow",
            with(
                c -> c.setReferenceStatus(Status.STATUS_TIMED_OUT).setReferenceError("too slow"))));
  }

  private static Arguments defect(Reason reason, String message, Rollout rollout) {
    return Arguments.of(reason, message, rollout);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("defects")
  void aDefectKeepsItsAnswerOutUnderItsReasonAndTheOthersIn(
      Reason reason, String message, Rollout rollout) {
    Result result = read(rollout);
    assertThat(result.samples()).extracting(Sample::index).containsExactly(1);
    assertThat(result.keptOut()).isEqualTo(Map.of(reason, 1));
    assertThat(result.keptOutCount()).isEqualTo(1);
    assertThat(result.example().orElseThrow()).startsWith("p/0: ").contains(message);
  }

  @Test
  void theDefectsCoverEveryReasonOfAnAnswer() {
    Set<Object> reasons =
        defects().map(arguments -> arguments.get()[0]).collect(Collectors.toSet());
    assertThat(reasons).isEqualTo(EnumSet.complementOf(EnumSet.of(Reason.NOT_GENERATED)));
  }

  @Test
  void aGroupThatWasNotGeneratedCountsAllItsAnswers() {
    Rollout failed =
        WHOLE.toBuilder()
            .clearCompletions()
            .setStatus(Status.STATUS_FAILED)
            .setError("the prompt is too long")
            .build();
    Result result = read(failed, WHOLE);
    assertThat(result.samples()).hasSize(2);
    assertThat(result.keptOut()).isEqualTo(Map.of(Reason.NOT_GENERATED, 2));
    assertThat(result.example()).contains("p: the prompt is too long");
  }

  @Test
  void anAnswerWithoutPromptIsMalformed() {
    assertThat(read(WHOLE.toBuilder().clearPromptTokenIds().build()).keptOut())
        .isEqualTo(Map.of(Reason.MALFORMED, 2));
  }

  @Test
  void nothingKeptOutBecomesANumber() {
    Rollout[] all =
        defects().map(arguments -> (Rollout) arguments.get()[2]).toArray(Rollout[]::new);
    Result result = read(all);
    assertThat(result.samples()).hasSize(all.length);
    assertThat(result.samples())
        .allSatisfy(
            sample -> {
              assertThat(sample.index()).isEqualTo(1);
              assertThat(sample.score()).isEqualTo(0.5);
            });
    assertThat(result.keptOutCount()).isEqualTo(all.length);
  }

  @Test
  void aSampleHoldsWhatTheRolloutSays() {
    Sample sample = read(WHOLE).samples().get(0);
    assertThat(sample.promptId()).isEqualTo("p");
    assertThat(sample.prompt()).containsExactly(7, 8);
    assertThat(sample.tokens()).containsExactly(40, 50, 60);
    assertThat(sample.samplingLogProbs()).containsExactly(-1, -2, -3);
    assertThat(sample.referenceLogProbs()).containsExactly(-1.5f, -2.5f, -3.5f);
    assertThat(sample.score()).isEqualTo(0.5);
    assertThat(sample.components()).isEqualTo(Map.of("part", 0.25));
    assertThat(sample.temperature()).isEqualTo(0.7);
    assertThat(sample.text()).isEqualTo("(2<");
    assertThat(sample.version()).isZero();
  }

  @Test
  void samplesComeInTheOrderOfTheRollouts() {
    Result result = read(ToyRollouts.rollout("r", 1, "b"), ToyRollouts.rollout("r", 1, "a"));
    assertThat(result.samples())
        .extracting(sample -> sample.promptId() + sample.index())
        .containsExactly("b0", "b1", "a0", "a1");
    assertThat(result.keptOut()).isEmpty();
    assertThat(result.example()).isEmpty();
  }

  @Test
  void anAnswerThatSeveralVersionsMadeKnowsOldestAndNewest() {
    Sample sample = read(with(c -> c.addVersionSpans(ToyRollouts.span(1)))).samples().get(0);
    assertThat(sample.oldestVersion()).isZero();
    assertThat(sample.version()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource
  void anAnswerEndedByItselfIfAStopDidIt(FinishReason reason, boolean ended) {
    assertThat(read(with(c -> c.setFinishReason(reason))).samples().get(0).ended())
        .isEqualTo(ended);
  }

  static Stream<Arguments> anAnswerEndedByItselfIfAStopDidIt() {
    return Stream.of(
        Arguments.of(FinishReason.FINISH_REASON_STOP_TOKEN, true),
        Arguments.of(FinishReason.FINISH_REASON_STOP_STRING, true),
        Arguments.of(FinishReason.FINISH_REASON_LENGTH, false),
        Arguments.of(FinishReason.FINISH_REASON_UNSPECIFIED, false));
  }

  @Test
  void anUnsetTemperatureIsOneAndSoIsGreedyDecodings() {
    Rollout unset = WHOLE.toBuilder().setSampling(SamplingParameters.getDefaultInstance()).build();
    Rollout greedy =
        WHOLE.toBuilder().setSampling(SamplingParameters.newBuilder().setTemperature(0)).build();
    assertThat(read(unset, greedy).samples())
        .allSatisfy(sample -> assertThat(sample.temperature()).isEqualTo(1));
  }

  @ParameterizedTest
  @MethodSource
  void thePolicysOwnLogProbabilitiesAreThoseOverTheWholeVocabularyAtTheTemperature(
      SamplingParameters sampling, List<Float> expected) {
    Rollout rollout = WHOLE.toBuilder().setSampling(sampling).build();
    assertThat(read(rollout).samples().get(0).policyLogProbs())
        .containsExactly(expected.toArray(Float[]::new));
  }

  static Stream<Arguments>
      thePolicysOwnLogProbabilitiesAreThoseOverTheWholeVocabularyAtTheTemperature() {
    List<Float> ofModel = List.of(-1.25f, -2.25f, -3.25f);
    List<Float> ofSampler = List.of(-1f, -2f, -3f);
    SamplingParameters warm = SamplingParameters.newBuilder().setTemperature(0.7).build();
    return Stream.of(
        Arguments.of(SamplingParameters.getDefaultInstance(), ofModel),
        Arguments.of(SamplingParameters.newBuilder().setTopK(5).build(), ofModel),
        Arguments.of(warm, ofSampler),
        Arguments.of(warm.toBuilder().setTopP(1).build(), ofSampler),
        Arguments.of(warm.toBuilder().setTopK(5).build(), List.of()),
        Arguments.of(warm.toBuilder().setTopP(0.9).build(), List.of()),
        Arguments.of(warm.toBuilder().setMinNewTokens(2).build(), List.of()));
  }

  @Test
  void modelLogProbabilitiesThatAreMissingAreNotMadeUp() {
    Rollout rollout =
        with(c -> c.clearModelLogProbs()).toBuilder()
            .setSampling(SamplingParameters.getDefaultInstance())
            .build();
    assertThat(read(rollout).samples().get(0).policyLogProbs()).isEmpty();
  }

  @Test
  void theLearntTokensAreThoseThatThePolicyChose() {
    Sample sample = read(with(c -> c.setActionMask(1, false))).samples().get(0);
    assertThat(sample.actionCount()).isEqualTo(2);
    assertThat(sample.atActions(sample.samplingLogProbs())).containsExactly(-1, -3);
    LearningSequence sequence = sample.sequence();
    assertThat(sequence.tokens()).containsExactly(7, 8, 40, 50, 60);
    assertThat(sequence.learnt()).containsExactly(false, false, true, false, true);
  }

  @Test
  void withoutNeedOfAReferenceItsFailureIsNoDefectAndItsNumbersAreNotUsed() {
    RolloutReader reader = new RolloutReader(VOCABULARY, false, PUBLISHED);
    Result result =
        reader.read(
            List.of(
                with(c -> c.setReferenceStatus(Status.STATUS_FAILED)),
                with(c -> c.setReferenceLogProbs(0, Float.NaN)),
                with(c -> c.clearReferenceLogProbs().addReferenceLogProbs(-1))));
    assertThat(result.keptOut()).isEmpty();
    assertThat(result.samples())
        .filteredOn(sample -> sample.index() == 0)
        .hasSize(3)
        .allSatisfy(sample -> assertThat(sample.referenceLogProbs()).isEmpty());
    assertThat(result.samples())
        .filteredOn(sample -> sample.index() == 1)
        .allSatisfy(sample -> assertThat(sample.referenceLogProbs()).hasSize(3));
  }

  @Test
  void aVersionThatIsPublishedLaterIsKnownFromThenOn() {
    Map<Long, String> published = new HashMap<>(PUBLISHED);
    RolloutReader reader = new RolloutReader(VOCABULARY, true, published);
    Rollout rollout = with(c -> c.setVersionSpans(0, ToyRollouts.span(2)));
    assertThat(reader.read(List.of(rollout)).samples()).hasSize(1);
    published.put(2L, ToyRollouts.checksum(2));
    assertThat(reader.read(List.of(rollout)).samples()).hasSize(2);
  }
}
