package dev.parley.trainer.toy;

import dev.parley.proto.kafka.TestBroker;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a {@link TestBroker} with the contract's topics. All test classes share one, which
 * ends with the last of them; tests keep apart by the names of their runs.
 */
public final class SharedBroker implements ParameterResolver {

  private static final Namespace NAMESPACE = Namespace.create(SharedBroker.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestBroker.class;
  }

  @Override
  public TestBroker resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(
            TestBroker.class, type -> TestBroker.startWithTopics(2, Map.of()), TestBroker.class);
  }
}
