package dev.parley.serving.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class CallTest {

  private final Call<String, Integer> call = new Call<>(List.of("one", "two"), 2, 0);

  @Test
  void theLastAnswerCompletesItAndAnswersKeepTheOrderOfTheParts() {
    call.answer(1, 22);
    assertThat(call.over()).isFalse();
    call.answer(0, 11);
    assertThat(call.result().join()).containsExactly(11, 22);
  }

  @Test
  void itFailsAsAWhole() {
    call.answer(0, 11);
    call.fail(new IllegalStateException("no answer to two"));
    assertThat(call.over()).isTrue();
    assertThatThrownBy(() -> call.result().join())
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("no answer to two");
  }

  @Test
  void whoAskedMayGiveItUp() {
    call.result().cancel(false);
    assertThat(call.over()).isTrue();
  }
}
