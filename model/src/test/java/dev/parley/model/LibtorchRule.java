package dev.parley.model;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import com.tngtech.archunit.lang.ArchRule;
import dev.parley.model.torchscript.Libtorch;

/** What must be in the process before libtorch is put there by {@link Libtorch}. */
public final class LibtorchRule {

  /** Nobody else reaches the engine, in any module. */
  public static final ArchRule ONLY_LIBTORCH_LOADS_THE_ENGINE =
      noClasses()
          .that()
          .doNotBelongToAnyOf(Libtorch.class)
          .should()
          .callMethod(NDManager.class, "newBaseManager")
          .orShould()
          .callMethod(NDManager.class, "newBaseManager", Device.class)
          .orShould()
          .callMethod(NDManager.class, "newBaseManager", String.class)
          .orShould()
          .callMethod(NDManager.class, "newBaseManager", Device.class, String.class)
          .orShould()
          .callMethod(Engine.class, "getInstance")
          .orShould()
          .callMethod(Engine.class, "getEngine", String.class);

  private LibtorchRule() {}
}
