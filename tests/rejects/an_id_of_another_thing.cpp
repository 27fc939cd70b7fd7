// SPDX-License-Identifier: BSL-1.0
// rejected: hold_tag
#include <tollgate/core/id.hpp>

bool belongs_to(tollgate::account_id account);

#ifdef TOLLGATE_ACCEPT
bool answer = belongs_to(tollgate::account_id{});
#else
bool answer = belongs_to(tollgate::hold_id{});
#endif
