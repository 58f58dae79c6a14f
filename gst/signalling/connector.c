/* gst-webrtc-negotiator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "connector.h"

void
wn_connector_set_callbacks (WnConnector *self,
    const WnConnectorCallbacks *callbacks, gpointer user_data)
{
  self->callbacks = callbacks;
  self->user_data = user_data;
}

gboolean
wn_connector_open (WnConnector *self, GError **error)
{
  return self->klass->open == NULL || self->klass->open (self, error);
}

void
wn_connector_start (WnConnector *self)
{
  self->klass->start (self);
}

void
wn_connector_connect (WnConnector *self)
{
  self->klass->connect (self);
}

void
wn_connector_cancel (WnConnector *self)
{
  self->klass->cancel (self);
}

void
wn_connector_stop (WnConnector *self)
{
  self->klass->stop (self);
}

void
wn_connector_free (WnConnector *self)
{
  self->klass->free (self);
}
