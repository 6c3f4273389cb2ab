package dev.parley.judge.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.parley.judge.chat.FakeEndpoint.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatClientTest {

  private static final ChatRequest HELLO = asking("Hello?");

  @TempDir Path directory;

  private final NoTime time = new NoTime();

  private static ChatRequest asking(String text) {
    return new ChatRequest(
        List.of(Message.system("Be brief."), Message.user(text)),
        OptionalDouble.of(0),
        OptionalInt.of(64),
        OptionalLong.of(3),
        0);
  }

  private static Endpoint endpoint(FakeEndpoint server) {
    return Endpoint.of(server.address(), "judge-1");
  }

  private ChatClient client(Endpoint endpoint) {
    return new ChatClient(endpoint, AnswerStore.none(), time);
  }

  @Test
  void aQuestionIsAskedInOpenAisFormat() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("Hello."))) {
      ChatReply reply = client(endpoint(server)).ask(HELLO);

      assertThat(reply.text()).isEqualTo("Hello.");
      assertThat(reply.finishReason()).isEqualTo("stop");
      assertThat(server.requests().get(0).toString())
          .isEqualTo(
              "{\"model\":\"judge-1\",\"messages\":[{\"role\":\"system\",\"content\":\"Be"
                  + " brief.\"},"
                  + "{\"role\":\"user\",\"content\":\"Hello?\"}],\"temperature\":0.0,\"max_tokens\":64,\"seed\":3}");
      assertThat(server.keys()).containsExactly("");
    }
  }

  @Test
  void fieldsOfTheEndpointAddToTheRequestAndTakeAwayFromIt() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("Hello."))) {
      Endpoint plain = endpoint(server);
      Endpoint odd =
          new Endpoint(
              plain.address(),
              plain.model(),
              Optional.of(new ApiKey("sk-secret")),
              plain.timeout(),
              1,
              1,
              0,
              Prices.FREE,
              Double.POSITIVE_INFINITY,
              Map.of("temperature", NullNode.instance, "store", BooleanNode.FALSE));
      client(odd).ask(HELLO);

      assertThat(server.requests().get(0).has("temperature")).isFalse();
      assertThat(server.requests().get(0).path("store").isBoolean()).isTrue();
      assertThat(server.keys()).containsExactly("Bearer sk-secret");
      assertThat(odd.toString()).doesNotContain("sk-secret");
    }
  }

  @Test
  void aBusyEndpointIsAskedAgainAsLateAsItSays() throws Exception {
    try (FakeEndpoint server =
        FakeEndpoint.inTurn(
            Answer.error(429, "slow down", Map.of("Retry-After", "7")),
            Answer.error(503, "restarting", Map.of()),
            Answer.says("At last."))) {
      ChatClient client = client(endpoint(server));

      assertThat(client.ask(HELLO).text()).isEqualTo("At last.");
      assertThat(time.passed()).isGreaterThanOrEqualTo(Duration.ofSeconds(7));
      assertThat(client.spending().retries()).isEqualTo(2);
      assertThat(client.spending().answers()).isEqualTo(1);
    }
  }

  @Test
  void pausesDoubleAndTheLastAttemptsErrorIsTold() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.error(500, "out of memory", Map.of()))) {
      ChatClient client = client(endpoint(server));

      ChatException e = catchThrowableOfType(ChatException.class, () -> client.ask(HELLO));

      assertThat(e).hasMessageContaining("answered 500: out of memory (asked 5 times)");
      assertThat(e.hopeless()).isFalse();
      assertThat(server.requests()).hasSize(5);
      assertThat(client.spending().failures()).isEqualTo(1);
      for (int i = 0; i < 4; i++) {
        assertThat(time.pauses().get(i).toMillis()).isBetween(250L << i, 500L << i);
      }
    }
  }

  @Test
  void anAnswerThatIsNoCompletionIsNoAnswer() throws Exception {
    try (FakeEndpoint server =
        FakeEndpoint.inTurn(
            Answer.text("<html>gateway</html>"),
            Answer.text("{\"choices\":[]}"),
            Answer.says("Right."))) {
      assertThat(client(endpoint(server)).ask(HELLO).text()).isEqualTo("Right.");
      assertThat(server.requests()).hasSize(3);
    }
  }

  @Test
  void anAnswerThatNeverEndsIsGivenUpInTime() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.stalls(), Answer.says("Whole."))) {
      Endpoint usual = endpoint(server);
      Endpoint hasty =
          new Endpoint(
              usual.address(),
              usual.model(),
              Optional.empty(),
              Duration.ofMillis(500),
              2,
              1,
              0,
              Prices.FREE,
              Double.POSITIVE_INFINITY,
              Map.of());

      assertThat(client(hasty).ask(HELLO).text()).isEqualTo("Whole.");
    }
  }

  @Test
  void aRefusedKeyIsHopelessAndNotTriedAgain() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.error(401, "wrong key", Map.of()))) {
      ChatException e =
          catchThrowableOfType(ChatException.class, () -> client(endpoint(server)).ask(HELLO));

      assertThat(e).hasMessageContaining("answered 401: wrong key");
      assertThat(e.hopeless()).isTrue();
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void aQuestionThatIsRefusedSpoilsOnlyItself() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.error(400, "too long", Map.of()))) {
      ChatException e =
          catchThrowableOfType(ChatException.class, () -> client(endpoint(server)).ask(HELLO));

      assertThat(e.hopeless()).isFalse();
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void nobodyIsWaitedForForAnHour() throws Exception {
    try (FakeEndpoint server =
        FakeEndpoint.inTurn(Answer.error(429, "quota", Map.of("Retry-After", "3600")))) {
      ChatException e =
          catchThrowableOfType(ChatException.class, () -> client(endpoint(server)).ask(HELLO));

      assertThat(e).hasMessageContaining("asks to wait 3600 s");
      assertThat(e.hopeless()).isTrue();
    }
  }

  @Test
  void theSecondRunCostsNothingAndAnotherQuestionIsAnotherFile() throws Exception {
    Endpoint priced;
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("One."), Answer.says("Two."))) {
      priced = priced(endpoint(server), Double.POSITIVE_INFINITY);
      ChatClient first = new ChatClient(priced, AnswerStore.in(directory), time);
      first.ask(HELLO);
      first.ask(asking("Else?"));

      assertThat(first.spending().promptTokens()).isEqualTo(200);
      assertThat(first.spending().completionTokens()).isEqualTo(20);
      assertThat(first.spending().cost()).isCloseTo((200 * 3.0 + 20 * 15.0) / 1e6, within(1e-12));
    }
    // The server is gone: only the files can answer.
    ChatClient second = new ChatClient(priced, AnswerStore.in(directory), time);

    assertThat(second.ask(HELLO).text()).isEqualTo("One.");
    assertThat(second.ask(asking("Else?")).text()).isEqualTo("Two.");
    assertThat(second.spending().kept()).isEqualTo(2);
    assertThat(second.spending().cost()).isZero();
  }

  private static Endpoint priced(Endpoint endpoint, double maxCost) {
    return new Endpoint(
        endpoint.address(),
        endpoint.model(),
        Optional.of(new ApiKey("sk-secret")),
        endpoint.timeout(),
        1,
        4,
        0,
        new Prices(3, 15),
        maxCost,
        Map.of());
  }

  @Test
  void noKeyIsKeptOnDisk() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("One."))) {
      new ChatClient(
              priced(endpoint(server), Double.POSITIVE_INFINITY), AnswerStore.in(directory), time)
          .ask(HELLO);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> kept = files.filter(Files::isRegularFile).toList();
      assertThat(kept).hasSize(1);
      assertThat(kept.get(0)).content().contains("Hello?", "One.").doesNotContain("sk-secret");
    }
  }

  @Test
  void aSpoiltFileIsAnErrorThatNamesIt() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("One."))) {
      ChatClient client = new ChatClient(endpoint(server), AnswerStore.in(directory), time);
      client.ask(HELLO);
      Path kept;
      try (Stream<Path> files = Files.walk(directory)) {
        kept = files.filter(Files::isRegularFile).findFirst().orElseThrow();
      }
      Files.writeString(kept, "{\"answ");

      assertThatThrownBy(() -> client.ask(HELLO))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(kept + " is no JSON; delete it");
    }
  }

  @Test
  void nothingIsAskedOnceTheMoneyIsSpent() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("One."))) {
      ChatClient client = client(priced(endpoint(server), 0.0004));
      client.ask(HELLO);

      ChatException e =
          catchThrowableOfType(ChatException.class, () -> client.ask(asking("More?")));

      assertThat(e).hasMessageContaining("have cost 0.0005 so far, of 0.0004");
      assertThat(e.hopeless()).isTrue();
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void questionsKeepToTheRate() throws Exception {
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says("One."))) {
      Endpoint usual = endpoint(server);
      Endpoint slow =
          new Endpoint(
              usual.address(),
              usual.model(),
              Optional.empty(),
              usual.timeout(),
              1,
              1,
              30,
              Prices.FREE,
              Double.POSITIVE_INFINITY,
              Map.of());
      ChatClient client = client(slow);
      for (int i = 0; i < 4; i++) {
        client.ask(asking("Question " + i));
      }

      assertThat(time.passed()).isEqualTo(Duration.ofSeconds(6));
    }
  }

  @Test
  void noMoreQuestionsAreUnderWayThanMayBe() throws Exception {
    CountDownLatch three = new CountDownLatch(3);
    try (FakeEndpoint server =
            new FakeEndpoint(
                request -> {
                  three.countDown();
                  await(three);
                  return Answer.says("One.");
                });
        Closing threads = new Closing(Executors.newFixedThreadPool(9))) {
      Endpoint usual = endpoint(server);
      Endpoint narrow =
          new Endpoint(
              usual.address(),
              usual.model(),
              Optional.empty(),
              usual.timeout(),
              1,
              3,
              0,
              Prices.FREE,
              Double.POSITIVE_INFINITY,
              Map.of());
      ChatClient client = client(narrow);
      List<Future<ChatReply>> replies = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        ChatRequest question = asking("Question " + i);
        replies.add(threads.pool().submit(() -> client.ask(question)));
      }
      for (Future<ChatReply> reply : replies) {
        reply.get();
      }

      assertThat(server.mostAtOnce()).isEqualTo(3);
    }
  }

  private record Closing(ExecutorService pool) implements AutoCloseable {
    @Override
    public void close() {
      pool.shutdownNow();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void logProbabilitiesComeWithTheTokensThatWereLikely() throws Exception {
    try (FakeEndpoint server =
        FakeEndpoint.inTurn(Answer.says("A", Map.of("A", -0.1, "B", -2.5)))) {
      ChatRequest question =
          new ChatRequest(
              List.of(Message.user("A or B?")),
              OptionalDouble.of(0),
              OptionalInt.of(1),
              OptionalLong.empty(),
              5);

      ChatReply reply = client(endpoint(server)).ask(question);

      assertThat(reply.tokens()).hasSize(1);
      assertThat(reply.tokens().get(0).logProbs()).isEqualTo(Map.of("A", -0.1, "B", -2.5));
      assertThat(server.requests().get(0).path("logprobs").asBoolean()).isTrue();
      assertThat(server.requests().get(0).path("top_logprobs").asInt()).isEqualTo(5);
    }
  }

  @Test
  void threeWaysToWriteAnAddressMeanTheSame() {
    assertThat(
            Stream.of(
                    "http://localhost:8091",
                    "http://localhost:8091/v1/",
                    "http://localhost:8091/v1/chat/completions")
                .map(Endpoint::address)
                .distinct())
        .hasSize(1);
    assertThatThrownBy(() -> Endpoint.address("localhost:8091"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected one as http://localhost:8091/v1");
  }

  @Test
  void anEndpointThatIsNotThereIsNamedWithWhatToDo() throws IOException {
    String gone;
    try (FakeEndpoint server = FakeEndpoint.inTurn(Answer.says(""))) {
      gone = server.address();
    }
    ChatException e =
        catchThrowableOfType(
            ChatException.class, () -> client(Endpoint.of(gone, "judge-1")).ask(HELLO));

    assertThat(e)
        .hasMessageContaining(gone)
        .hasMessageContaining("nothing answers at localhost:")
        .hasMessageContaining("expected an endpoint with OpenAI's chat completions")
        .hasMessageContaining("parley up --policy MODEL")
        .hasMessageContaining("asked 5 times");
    assertThat(e.hopeless()).isTrue();
  }

  @Test
  void aHostThatNobodyKnowsIsCalledThat() {
    assertThatThrownBy(() -> client(Endpoint.of("http://judge.invalid", "judge-1")).ask(HELLO))
        .isInstanceOf(ChatException.class)
        .hasMessageContaining("no host is called judge.invalid");
  }
}
