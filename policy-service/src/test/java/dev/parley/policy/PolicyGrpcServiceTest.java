package dev.parley.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.generation.Generation;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.policy.generation.SampleSeeds;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.grpc.RetryAfter;
import dev.parley.proto.policy.v1.DescribeModelRequest;
import dev.parley.proto.policy.v1.DescribeModelResponse;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.policy.v1.GenerateResponse;
import dev.parley.proto.policy.v1.GenerateStreamRequest;
import dev.parley.proto.policy.v1.GenerateStreamResponse;
import dev.parley.proto.policy.v1.GeneratedSample;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import dev.parley.proto.sampling.v1.FinishReason;
import dev.parley.proto.sampling.v1.SamplingParameters;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(TinyModelDirectory.class)
class PolicyGrpcServiceTest {

  @TestHTTPResource URI address;

  private ManagedChannel channel;
  private PolicyServiceGrpc.PolicyServiceBlockingStub policy;

  @BeforeEach
  void open() {
    channel =
        ManagedChannelBuilder.forAddress(address.getHost(), address.getPort())
            .usePlaintext()
            .build();
    policy = PolicyServiceGrpc.newBlockingStub(channel).withWaitForReady();
    awaitModel();
  }

  @AfterEach
  void close() throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  private void awaitModel() {
    while (true) {
      try {
        policy.describeModel(DescribeModelRequest.getDefaultInstance());
        return;
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      }
    }
  }

  private static GenerateRequest.Builder request(int tokens, long seed) {
    return GenerateRequest.newBuilder()
        .setTokens(Tokens.newBuilder().addTokenIds(5).addTokenIds(6).addTokenIds(7))
        .setLogProbs(true)
        .setSampling(
            SamplingParameters.newBuilder()
                .setMaxNewTokens(tokens)
                .setIgnoreEndOfSequence(true)
                .setSeed(seed));
  }

  @Test
  void answersAreThoseOfTheModelWithTheirSeeds() {
    GenerateResponse response = policy.generate(request(20, 11).setN(3).build());
    assertThat(response.getPromptTokens()).isEqualTo(3);
    assertThat(response.getSamplesList()).hasSize(3);
    try (LanguageModel model = TinyModel.create(TinyModelDirectory.SEED)) {
      for (GeneratedSample sample : response.getSamplesList()) {
        assertThat(sample.getSeed()).isEqualTo(SampleSeeds.of(11, sample.getIndex()));
        SamplingOptions options = SamplingOptions.plain(20, Set.of(), sample.getSeed());
        TokenBatch prompt = TokenBatch.of(List.of(new int[] {5, 6, 7}));
        int[] expected = Generation.all(model, prompt, options).get(0).tokens();
        assertThat(ints(sample.getTokenIdsList())).isEqualTo(expected);
        assertThat(sample.getFinishReason()).isEqualTo(FinishReason.FINISH_REASON_LENGTH);
        assertThat(sample.getSamplingLogProbsList()).hasSize(20);
        assertThat(sample.getModelLogProbsList()).isEqualTo(sample.getSamplingLogProbsList());
      }
    }
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void theSameSeedGivesTheSameAnswersAndAnotherSeedOthers() {
    GenerateResponse first = policy.generate(request(30, 8).setN(4).build());
    assertThat(policy.generate(request(30, 8).setN(4).build())).isEqualTo(first);
    assertThat(policy.generate(request(30, 9).setN(4).build()).getSamples(0).getTokenIdsList())
        .isNotEqualTo(first.getSamples(0).getTokenIdsList());
  }

  @Test
  void anAnswerCanBeMadeAgainAloneWithItsSeed() {
    GeneratedSample third = policy.generate(request(15, 4).setN(3).build()).getSamples(2);
    GeneratedSample alone = policy.generate(request(15, third.getSeed()).build()).getSamples(0);
    assertThat(alone.getTokenIdsList()).isEqualTo(third.getTokenIdsList());
  }

  @Test
  void withoutASeedOneIsDrawnAndReported() {
    GenerateRequest.Builder request = request(15, 0);
    request.getSamplingBuilder().clearSeed();
    GeneratedSample drawn = policy.generate(request.build()).getSamples(0);
    GeneratedSample again = policy.generate(request(15, drawn.getSeed()).build()).getSamples(0);
    assertThat(again.getTokenIdsList()).isEqualTo(drawn.getTokenIdsList());
  }

  @Test
  void logProbsAreLeftOutUnlessAskedFor() {
    GeneratedSample sample =
        policy.generate(request(5, 1).setLogProbs(false).build()).getSamples(0);
    assertThat(sample.getSamplingLogProbsList()).isEmpty();
    assertThat(sample.getModelLogProbsList()).isEmpty();
  }

  @Test
  void theStreamPutTogetherIsTheWholeAnswer() {
    GenerateRequest request = request(40, 21).setN(2).build();
    GenerateResponse whole = policy.generate(request);
    List<GenerateStreamResponse> pieces = new ArrayList<>();
    policy
        .generateStream(GenerateStreamRequest.newBuilder().setRequest(request).build())
        .forEachRemaining(pieces::add);
    for (GeneratedSample sample : whole.getSamplesList()) {
      List<GenerateStreamResponse> own =
          pieces.stream().filter(piece -> piece.getIndex() == sample.getIndex()).toList();
      assertThat(own.stream().map(GenerateStreamResponse::getTokenId).toList())
          .isEqualTo(sample.getTokenIdsList());
      assertThat(own.stream().map(GenerateStreamResponse::getModelLogProb).toList())
          .isEqualTo(sample.getModelLogProbsList());
      assertThat(String.join("", own.stream().map(GenerateStreamResponse::getTextDelta).toList()))
          .isEqualTo(sample.getText());
      assertThat(own.get(own.size() - 1).getFinishReason()).isEqualTo(sample.getFinishReason());
      assertThat(own.get(0).getFinishReason()).isEqualTo(FinishReason.FINISH_REASON_UNSPECIFIED);
    }
  }

  @Test
  void aConversationGoesThroughTheChatTemplate() {
    Conversation conversation =
        Conversation.newBuilder()
            .addMessages(Message.newBuilder().setRole("user").setContent("Hi"))
            .build();
    GenerateRequest.Builder request = request(10, 3);
    GenerateResponse asked = policy.generate(request.setConversation(conversation).build());
    String written = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
    GenerateResponse byHand = policy.generate(request.setText(written).build());
    assertThat(asked.getPromptTokens()).isEqualTo(byHand.getPromptTokens());
    assertThat(asked.getSamples(0).getTokenIdsList())
        .isEqualTo(byHand.getSamples(0).getTokenIdsList());
  }

  @Test
  void aStopStringEndsAnAnswerAndIsCutFromItsText() {
    GeneratedSample free = policy.generate(request(60, 5).build()).getSamples(0);
    String stop = free.getText().substring(10, 12);
    GenerateRequest.Builder request = request(60, 5);
    request.getSamplingBuilder().addStopStrings(stop);
    GeneratedSample stopped = policy.generate(request.build()).getSamples(0);
    assertThat(stopped.getFinishReason()).isEqualTo(FinishReason.FINISH_REASON_STOP_STRING);
    assertThat(stopped.getText())
        .isEqualTo(free.getText().substring(0, free.getText().indexOf(stop)));
    assertThat(free.getTokenIdsList().subList(0, stopped.getTokenIdsCount()))
        .isEqualTo(stopped.getTokenIdsList());
  }

  @Test
  void aStopTokenEndsAnAnswerAndIsItsLastToken() {
    GeneratedSample free = policy.generate(request(60, 5).build()).getSamples(0);
    int stop = free.getTokenIds(20);
    GenerateRequest.Builder request = request(60, 5);
    request.getSamplingBuilder().addStopTokenIds(stop);
    GeneratedSample stopped = policy.generate(request.build()).getSamples(0);
    assertThat(stopped.getFinishReason()).isEqualTo(FinishReason.FINISH_REASON_STOP_TOKEN);
    int length = free.getTokenIdsList().indexOf(stop) + 1;
    assertThat(stopped.getTokenIdsList()).isEqualTo(free.getTokenIdsList().subList(0, length));
  }

  @Test
  void theModelsOwnEndOfSequenceEndsAnAnswerUnlessItIsIgnored() {
    GenerateRequest.Builder request = request(200, 5);
    request.getSamplingBuilder().setIgnoreEndOfSequence(false).setTemperature(3);
    for (long seed = 0; seed < 20; seed++) {
      request.getSamplingBuilder().setSeed(seed);
      GeneratedSample sample = policy.generate(request.build()).getSamples(0);
      int end = sample.getTokenIdsList().indexOf(TinyModel.END_OF_TURN);
      boolean stopped = sample.getFinishReason() == FinishReason.FINISH_REASON_STOP_TOKEN;
      assertThat(end).isEqualTo(stopped ? sample.getTokenIdsCount() - 1 : -1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "top_p|sampling.top_p is 1.5, expected more than 0 and at most 1",
        "temperature|sampling.temperature is -1.0, expected 0 or more",
        "max_new_tokens|sampling.max_new_tokens is 1000, expected at most 200"
            + " (parley.policy.generation.max-new-tokens)",
        "min_new_tokens|sampling.min_new_tokens is 21, expected from 0 to max_new_tokens,"
            + " which is 20",
        "stop_strings|sampling.stop_strings is \"\", expected texts that are not empty",
        "stop_token_ids|sampling.stop_token_ids is 4000000000, expected ids below 259, the size of"
            + " the vocabulary",
        "n|n is 9, expected 1 to 8 (parley.policy.generation.max-samples)",
        "prompt|prompt is not set, expected conversation, text or tokens",
        "tokens|tokens hold id 259, expected ids below 259, the size of the vocabulary",
        "long|tokens of the prompt are 300, expected fewer than 256, which prompt and answer share",
        "conversation|conversation cannot be read: a conversation needs at least one message"
      })
  void aFieldThatCannotBeUsedIsNamed(String mistake, String message) {
    GenerateRequest.Builder request = request(20, 1);
    SamplingParameters.Builder sampling = request.getSamplingBuilder();
    switch (mistake) {
      case "top_p" -> sampling.setTopP(1.5);
      case "temperature" -> sampling.setTemperature(-1);
      case "max_new_tokens" -> sampling.setMaxNewTokens(1000);
      case "min_new_tokens" -> sampling.setMinNewTokens(21);
      case "stop_strings" -> sampling.addStopStrings("");
      case "stop_token_ids" -> sampling.addStopTokenIds((int) 4_000_000_000L);
      case "n" -> request.setN(9);
      case "prompt" -> request.clearPrompt();
      case "tokens" -> request.setTokens(Tokens.newBuilder().addTokenIds(259));
      case "long" ->
          request.setTokens(Tokens.newBuilder().addAllTokenIds(Collections.nCopies(300, 1)));
      case "conversation" -> request.setConversation(Conversation.getDefaultInstance());
      default -> throw new IllegalArgumentException(mistake);
    }
    assertThatThrownBy(() -> policy.generate(request.build()))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage("INVALID_ARGUMENT: " + message);
  }

  @Test
  void aFullQueueIsSaidWithATimeToComeBack() {
    try (Context.CancellableContext others = Context.current().withCancellation()) {
      Context before = others.attach();
      try {
        stream(request(200, 1).setN(4)).next();
        // Eight answers fill the queue; whichever of these requests comes last finds it full.
        List<Iterator<GenerateStreamResponse>> rivals =
            List.of(stream(request(200, 2).setN(8)), stream(request(200, 3).setN(8)));
        assertThat(rivals.stream().map(this::refusal).flatMap(Optional::stream))
            .singleElement()
            .satisfies(
                refusal -> {
                  assertThat(refusal.getStatus().getDescription())
                      .startsWith("8 answers wait, parley.policy.engine.queue-capacity is 8");
                  assertThat(refusal.getTrailers().get(RetryAfter.MILLISECONDS))
                      .matches("[1-9][0-9]*");
                });
      } finally {
        others.detach(before);
      }
    }
  }

  private Optional<StatusRuntimeException> refusal(Iterator<GenerateStreamResponse> stream) {
    try {
      stream.next();
      return Optional.empty();
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      return Optional.of(e);
    }
  }

  private Iterator<GenerateStreamResponse> stream(GenerateRequest.Builder request) {
    return policy.generateStream(GenerateStreamRequest.newBuilder().setRequest(request).build());
  }

  @Test
  void theModelIsDescribed() {
    DescribeModelResponse model = policy.describeModel(DescribeModelRequest.getDefaultInstance());
    assertThat(model.getArchitecture()).isEqualTo("LlamaForCausalLM");
    assertThat(model.getVocabularySize()).isEqualTo(259);
    assertThat(model.getHiddenSize()).isEqualTo(32);
    assertThat(model.getLayers()).isEqualTo(2);
    assertThat(model.getAttentionHeads()).isEqualTo(4);
    assertThat(model.getKeyValueHeads()).isEqualTo(2);
    assertThat(model.getMaxPositions()).isEqualTo(256);
    assertThat(model.getDevice()).isEqualTo("cpu");
    assertThat(model.getDataType()).isEqualTo("float32");
    assertThat(model.getTemplateHash()).matches("[0-9a-f]{64}");
    assertThat(model.getVersion().getVersion()).isZero();
    assertThat(model.getVersion().getChecksum()).matches("[0-9a-f]{64}");
    assertThat(model.getRunId()).isEmpty();
  }
}
