package dev.parley.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResultTest {

  /** Work whose rates are given. */
  private record Given() implements Comparison {

    @Override
    public String name() {
      return "given";
    }

    @Override
    public String description() {
      return "given rates";
    }

    @Override
    public String unit() {
      return "things/s";
    }

    @Override
    public double bar() {
      return 1.5;
    }

    @Override
    public Rates measure() {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void theRatioIsThatOfTheMediansSoThatOneBadRunChangesLittle() {
    Result result =
        Result.of(new Given(), List.of(new Rates(4, 2), new Rates(6, 90), new Rates(0.1, 1)));

    assertThat(result).isEqualTo(new Result("given", 2.0, 1.5, 4.0, 2.0, "things/s"));
  }

  @Test
  void theMedianOfAnEvenNumberIsTheMeanOfTheMiddleTwo() {
    assertThat(Result.median(List.of(9.0, 1.0, 3.0, 5.0))).isEqualTo(4.0);
  }
}
