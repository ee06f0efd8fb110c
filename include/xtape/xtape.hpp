#pragma once

/// All of xtape but the bridge to xtensor (xtape/xtensor.hpp).
#include <xtape/autograd.hpp>
#include <xtape/data/mnist.hpp>
#include <xtape/error.hpp>
#include <xtape/io/idx.hpp>
#include <xtape/memory.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/attention.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/cross_entropy.hpp>
#include <xtape/ops/dropout.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/pool.hpp>
#include <xtape/ops/recurrent.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/tensor.hpp>
#include <xtape/threads.hpp>
