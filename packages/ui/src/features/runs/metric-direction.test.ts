import { describe, expect, it } from "vitest";
import { metricDirection } from "./metric-direction.ts";

describe("metricDirection", () => {
  it.each(["loss", "val_loss", "valLoss", "train/rmse", "log_loss", "fit time", "mean_absolute_error"])(
    "takes the low end of %s",
    (key) => {
      expect(metricDirection(key)).toBe("min");
    },
  );
  it.each(["accuracy", "auc", "f1_score", "terror_score", "lossless_ratio", "R2"])(
    "takes the high end of %s",
    (key) => {
      expect(metricDirection(key)).toBe("max");
    },
  );
});
