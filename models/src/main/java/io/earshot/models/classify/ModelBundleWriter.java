package io.earshot.models.classify;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Writes a bundle's three files into a new folder, whole or not at all.
 *
 * <p>The files hold neither time nor path: the same model, manifest and card give the same bytes.
 */
public final class ModelBundleWriter {
  private ModelBundleWriter() {}

  /**
   * Writes {@code <parent>/<name>-<version>/}.
   *
   * @param manifest its digest and length of {@code model.bin} are filled in here
   * @return the new folder
   * @throws ModelBundleException if the folder exists or cannot be written
   */
  public static Path write(Path parent, ModelManifest manifest, SmileModel model, String modelCard)
      throws ModelBundleException {
    Path target = parent.resolve(manifest.folder());
    if (Files.exists(target)) {
      throw exists(target);
    }
    byte[] bytes = model.serialise();
    ModelManifest complete = manifest.withModel(ModelBundle.sha256(bytes), bytes.length);
    try {
      Files.createDirectories(parent);
      Path temporary = Files.createTempDirectory(parent, "." + manifest.folder() + "-");
      try {
        Files.write(temporary.resolve(ModelBundle.MODEL), bytes);
        Files.write(temporary.resolve(ModelBundle.MANIFEST), complete.toJson());
        Files.write(
            temporary.resolve(ModelBundle.CARD), modelCard.getBytes(StandardCharsets.UTF_8));
        move(temporary, target);
      } catch (IOException e) {
        delete(temporary);
        throw e;
      }
    } catch (FileAlreadyExistsException e) {
      throw exists(target);
    } catch (IOException e) {
      throw new ModelBundleException("model bundle " + target + " cannot be written: " + e, e);
    }
    return target;
  }

  private static ModelBundleException exists(Path target) {
    return new ModelBundleException(
        "model bundle "
            + target
            + ": expected no such folder, found one; choose another version or move it away");
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException _) {
      Files.move(from, to);
    }
  }

  private static void delete(Path temporary) throws IOException {
    for (String name : List.of(ModelBundle.MODEL, ModelBundle.MANIFEST, ModelBundle.CARD)) {
      Files.deleteIfExists(temporary.resolve(name));
    }
    Files.deleteIfExists(temporary);
  }
}
