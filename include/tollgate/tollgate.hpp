// SPDX-License-Identifier: BSL-1.0
#pragma once
// Everything of tollgate that needs no library beyond std and tl::expected. One header stands for
// the main idea of each folder; those it includes come with it. From the bottom to the top, as the
// folders build on each other.

// clang-format off
#include <tollgate/version.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/pricing/affordable.hpp>
#include <tollgate/pricing/explain.hpp>
#include <tollgate/pricing/rate_book.hpp>
#include <tollgate/ledger/engine.hpp>
#include <tollgate/warnings/standard_rules.hpp>
#include <tollgate/jobs/mermaid.hpp>
#include <tollgate/jobs/standard_machine.hpp>
#include <tollgate/gate/verify.hpp>
#include <tollgate/storage/transact.hpp>
#include <tollgate/checkout/gate.hpp>
#include <tollgate/worker/worker.hpp>
#include <tollgate/memory/store.hpp>
#include <tollgate/video/video.hpp>
// clang-format on
