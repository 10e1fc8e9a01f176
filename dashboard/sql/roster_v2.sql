-- A phone that was forgotten has no row, so that its slot is dealt again: see dashboard/rooms/slots.py.
DELETE FROM roster WHERE state = 'left';
