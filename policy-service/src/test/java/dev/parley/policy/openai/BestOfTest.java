package dev.parley.policy.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.policy.generation.EngineLimits;
import dev.parley.policy.generation.TinyEngine;
import dev.parley.policy.prompt.PromptEncoder;
import dev.parley.policy.rollout.AnswerScores;
import dev.parley.policy.rollout.CallSettings;
import dev.parley.policy.rollout.FakeReward;
import dev.parley.policy.rollout.RemoteService;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreResponse;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Best-of-n with a real engine, over a real connection to a reward service. */
class BestOfTest {

  private TinyEngine tiny;
  private FakeReward reward;
  private AnswerScores scores;

  @BeforeEach
  void open() {
    tiny = new TinyEngine(3, EngineLimits.of(8, 8 * 256, 64));
    reward = new FakeReward();
    CallSettings once =
        new CallSettings(
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            1,
            Duration.ofMillis(1),
            Duration.ofMillis(1));
    scores = new AnswerScores(new RemoteService(reward.target(), once), tiny.metrics());
  }

  @AfterEach
  void close() {
    scores.close();
    reward.close();
    tiny.close();
  }

  /** Carries the answer, or throws the refusal, on the thread that asks for it. */
  private static final class Carrier implements ApiReply {

    private final CompletableFuture<Supplier<JsonNode>> answer = new CompletableFuture<>();

    @Override
    public void answer(Supplier<JsonNode> body) {
      answer.complete(body);
    }

    @Override
    public void events(Supplier<List<? extends JsonNode>> events) {
      throw new IllegalStateException("nothing is streamed here");
    }

    @Override
    public void end() {
      throw new IllegalStateException("nothing is streamed here");
    }

    @Override
    public void fail(ApiException failure) {
      answer.completeExceptionally(failure);
    }
  }

  private JsonNode ask(Endpoint endpoint, String fields) throws Exception {
    ApiRequest request =
        new RequestReader(new ApiSettings("tiny", 16, 64, true))
            .read(
                endpoint,
                ("{\"model\": \"tiny\", \"max_tokens\": 8, \"seed\": 5, " + fields + "}")
                    .getBytes(StandardCharsets.UTF_8));
    Carrier carrier = new Carrier();
    new ApiCall(
            request,
            "tiny",
            0,
            PromptEncoder.open(tiny.directory(), tiny.tokenizer()),
            tiny.planner(),
            tiny.engine(),
            Optional.of(scores),
            carrier)
        .begin();
    return carrier.answer.get(30, TimeUnit.SECONDS).get();
  }

  private void score(ToDoubleFunction<ScoreItem> value) {
    reward.behave(
        (request, answer) -> {
          ScoreResponse.Builder response = ScoreResponse.newBuilder();
          for (ScoreItem item : request.getItemsList()) {
            double score = value.applyAsDouble(item);
            Score.Builder verdict = Score.newBuilder().setScorer("fake");
            if (Double.isNaN(score)) {
              verdict.setStatus(Status.STATUS_FAILED).setError("too long");
            } else {
              verdict.setStatus(Status.STATUS_OK).setValue(score);
            }
            response.addResultsBuilder().setItemId(item.getItemId()).setScore(verdict);
          }
          answer.onNext(response.build());
          answer.onCompleted();
        });
  }

  private static List<String> texts(JsonNode answer) {
    List<String> texts = new ArrayList<>();
    answer.path("choices").forEach(choice -> texts.add(choice.path("text").asText()));
    return texts;
  }

  @Test
  void theAnswersThatScoreHighestAreReturnedBestFirst() throws Exception {
    List<String> all = texts(ask(Endpoint.COMPLETIONS, "\"prompt\": \"Tea\", \"n\": 6"));
    double[] values = {1, 5, 2, 4, 3, 0};
    score(item -> values[Integer.parseInt(item.getItemId())]);

    JsonNode best = ask(Endpoint.COMPLETIONS, "\"prompt\": \"Tea\", \"n\": 2, \"best_of\": 6");

    assertThat(texts(best)).containsExactly(all.get(1), all.get(3));
    assertThat(best.at("/choices/0/score").asDouble()).isEqualTo(5);
    assertThat(best.at("/choices/1/score").asDouble()).isEqualTo(4);
    assertThat(best.at("/choices/1/index").asInt()).isEqualTo(1);
    assertThat(best.at("/usage/completion_tokens").asInt()).isGreaterThan(16);
    assertThat(reward.requests().get(0).getItems(0).getTexts().getPrompt()).isEqualTo("Tea");
  }

  @Test
  void eachPromptHasABestAnswerOfItsOwn() throws Exception {
    score(item -> Integer.parseInt(item.getItemId()));

    JsonNode best =
        ask(Endpoint.COMPLETIONS, "\"prompt\": [\"Tea\", \"Milk\"], \"n\": 1, \"best_of\": 3");

    List<String> all =
        texts(ask(Endpoint.COMPLETIONS, "\"prompt\": [\"Tea\", \"Milk\"], \"n\": 3"));
    assertThat(texts(best)).containsExactly(all.get(2), all.get(5));
  }

  @Test
  void aConversationIsScoredAsOne() throws Exception {
    JsonNode best =
        ask(
            Endpoint.CHAT,
            "\"messages\": [{\"role\": \"user\", \"content\": \"Tea?\"}], \"best_of\": 2");

    assertThat(best.path("choices")).hasSize(1);
    assertThat(reward.requests().get(0).getItems(0).getConversation().getMessages(0).getContent())
        .isEqualTo("Tea?");
  }

  @Test
  void anAnswerWithoutAScoreIsNeverTheBest() throws Exception {
    score(item -> item.getItemId().equals("0") ? -3 : Double.NaN);
    List<String> all = texts(ask(Endpoint.COMPLETIONS, "\"prompt\": \"Tea\", \"n\": 3"));

    assertThat(texts(ask(Endpoint.COMPLETIONS, "\"prompt\": \"Tea\", \"best_of\": 3")))
        .containsExactly(all.get(0));
    assertThat(
            catchThrowableOfType(
                    ApiException.class,
                    () ->
                        ask(Endpoint.COMPLETIONS, "\"prompt\": \"Tea\", \"n\": 2, \"best_of\": 3"))
                .toJson()
                .path("error")
                .toString())
        .contains("1 of 3 answers have a score, expected at least n, which is 2")
        .contains("too long")
        .contains("answers_not_scored");
  }
}
