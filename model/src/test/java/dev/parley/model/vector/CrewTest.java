package dev.parley.model.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CrewTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void everyPartOfEveryStageIsDoneOnceAndAfterTheStageBefore(int members) {
    int parts = 97;
    int stages = 20;
    AtomicIntegerArray done = new AtomicIntegerArray(parts);
    try (Crew crew = new Crew(members)) {
      for (int run = 1; run <= 50; run++) {
        int before = (run - 1) * stages;
        crew.run(
            job -> {
              for (int stage = 0; stage < stages; stage++) {
                for (int part = job.take(3); part < parts; part = job.take(3)) {
                  for (int i = part; i < Math.min(part + 3, parts); i++) {
                    assertThat(done.getAndIncrement(i)).isEqualTo(before + stage);
                    // Its neighbour on the other side was finished in the stage before.
                    assertThat(done.get(parts - 1 - i))
                        .isBetween(before + stage, before + stage + 1);
                  }
                }
                job.endStage();
              }
            });
      }
    }
    for (int part = 0; part < parts; part++) {
      assertThat(done.get(part)).isEqualTo(50 * stages);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void aMembersFailureReachesTheCallerAndTheCrewGoesOn(int members) {
    try (Crew crew = new Crew(members)) {
      AtomicInteger good = new AtomicInteger();
      for (int run = 0; run < 200; run++) {
        int failing = run % 7;
        assertThatThrownBy(
                () ->
                    crew.run(
                        job -> {
                          for (int stage = 0; stage < 7; stage++) {
                            if (job.take(1) == 0 && stage == failing) {
                              throw new IllegalArgumentException("stage " + stage);
                            }
                            job.endStage();
                          }
                        }))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("stage " + failing);
        crew.run(job -> good.incrementAndGet());
      }
      assertThat(good.get()).isEqualTo(200 * members);
    }
  }
}
