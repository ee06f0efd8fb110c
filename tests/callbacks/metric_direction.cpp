#include <xtape/detail/metric_direction.hpp>

#include "catch.hpp"

using xtape::detail::is_best_high;

TEST_CASE("what is best when high is told by Keras's names, of outputs, of the validation and with numbers behind") {
  for (const char* name : {"acc",
                           "accuracy",
                           "val_accuracy",
                           "kind_accuracy",
                           "val_kind_sparse_top_k_categorical_accuracy",
                           "accuracy_1",
                           "auc",
                           "val_auc_12",
                           "precision",
                           "recall_2",
                           "f1_score",
                           "fbeta_score",
                           "r2_score",
                           "mean_io_u",
                           "binary_io_u",
                           "cosine_similarity",
                           "true_positives",
                           "precision_at_recall",
                           "sensitivity_at_specificity",
                           "pearson_correlation"}) {
    INFO(name);
    CHECK(is_best_high(name) == true);
  }
  for (const char* name :
       {"loss", "val_loss", "price_loss", "mse", "mae_1", "val_mean_absolute_error", "rmse", "root_mean_squared_error",
        "binary_crossentropy", "kl_divergence", "false_negatives", "squared_hinge", "poisson", "log_cosh"}) {
    INFO(name);
    CHECK(is_best_high(name) == false);
  }
  for (const char* name : {"", "surprise", "_", "1", "inaccuracy", "lossy", "learning_rate"}) {
    INFO(name);
    CHECK(!is_best_high(name));
  }
}
